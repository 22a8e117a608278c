export * from './authentication.ts';
export { authenticationRoutes } from './routes.ts';
