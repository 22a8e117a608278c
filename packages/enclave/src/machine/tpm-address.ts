/** How the settings of a machine name a TPM. */
import { deviceTransport, socketTransport, type TpmTransport } from '../tpm2/index.ts';
import { MachineError } from './settings.ts';

/** The kernel's, with its resource manager. */
export const DEFAULT_TPM = '/dev/tpmrm0';

/**
 * Connects to a TPM.
 *
 * @param address a device, "host:port" or "unix:PATH"
 * @throws {MachineError} `bad-machine-settings` for an address that is none
 * @throws {TpmError} `tpm-unreachable`
 */
export async function connectTpm(address: string = DEFAULT_TPM): Promise<TpmTransport> {
  if (address.startsWith('/')) return deviceTransport(address);
  if (address.startsWith('unix:')) return socketTransport({ path: address.slice('unix:'.length) });
  const [, host = '', port = ''] = /^([^:]+):(\d{1,5})$/.exec(address) ?? [];
  if (host === '')
    throw new MachineError(
      'bad-machine-settings',
      `A TPM is a device like /dev/tpmrm0, host:port or unix:PATH, not ${JSON.stringify(address)}.`,
    );
  return socketTransport({ host, port: Number(port) });
}
