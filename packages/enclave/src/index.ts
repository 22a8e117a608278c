export * from './attester/attester.ts';
