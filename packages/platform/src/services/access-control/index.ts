export * from './access-control.ts';
