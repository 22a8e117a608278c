/** Every client that the contract is tried with, as `describe.each` takes them. */
import { connectDriver } from './connect-driver.ts';
import type { Driver, Ports } from './driver.ts';
import {
  generatePythonClients,
  hasPythonClients,
  PYTHON_WANTED,
  pythonDriver,
  pythonLibraries,
} from './python-driver.ts';

if (!hasPythonClients) console.warn(`SKIPPED: ${PYTHON_WANTED}`);

export const clients = ['connect', ...(hasPythonClients ? pythonLibraries : [])] as const;
export type Client = (typeof clients)[number];

/** Opens clients, and removes with `dispose` what they need. */
export class Drivers {
  #generated: ReturnType<typeof generatePythonClients> | undefined;
  readonly #opened: Driver[] = [];

  open(client: Client, ports: Ports): Driver {
    const driver = client === 'connect' ? connectDriver(ports) : this.#python(client, ports);
    this.#opened.push(driver);
    return driver;
  }

  #python(library: Exclude<Client, 'connect'>, ports: Ports): Driver {
    this.#generated ??= generatePythonClients();
    return pythonDriver(library, this.#generated.folder, ports);
  }

  async dispose(): Promise<void> {
    for (const driver of this.#opened) await driver.close();
    this.#generated?.remove();
  }
}
