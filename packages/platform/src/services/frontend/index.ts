export { type FrontendOptions, frontendRoutes } from './routes.ts';
