/** Loads the platform only when one is to be run. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface ServeSettings {
  readonly data: string;
  readonly authPort?: number | undefined;
  readonly frontendPort?: number | undefined;
  readonly host?: string | undefined;
  readonly workers?: number | undefined;
  readonly allowUrl?: readonly string[] | undefined;
}

export interface RunningPlatform {
  readonly authentication: string;
  readonly frontend: string;
  readonly certificatePath: string;
  readonly fingerprint: string;
  /** Was the data folder new, so that the administrator was made? */
  readonly firstStart: boolean;
  close(): Promise<void>;
}

interface PlatformModule {
  startPlatform(options: {
    readonly data: string;
    readonly authPort: number;
    readonly frontendPort: number;
    readonly host: string;
    readonly workers: number;
    readonly allowUrls: readonly string[];
    readonly adminPassword: string;
  }): Promise<Omit<RunningPlatform, 'firstStart'>>;
}

export async function startPlatform(
  settings: ServeSettings,
  adminPassword: string,
): Promise<RunningPlatform> {
  const data = resolve(settings.data);
  const firstStart = !existsSync(join(data, 'tls-cert.pem'));
  const platform = (await import('@gaiwan/platform')) as unknown as PlatformModule;
  const running = await platform.startPlatform({
    data,
    authPort: settings.authPort ?? 7776,
    frontendPort: settings.frontendPort ?? 7777,
    host: settings.host ?? '127.0.0.1',
    workers: settings.workers ?? 1,
    allowUrls: settings.allowUrl ?? [],
    adminPassword,
  });
  const { authentication, frontend, certificatePath, fingerprint } = running;
  return { authentication, frontend, certificatePath, fingerprint, firstStart, close: () => running.close() };
}
