/** The engine's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ToEngine } from './messages.ts';
import { Engine } from './serve.ts';

const port = parentPort;
if (!port) throw new Error('engine.ts runs as a worker thread');
const engine = new Engine(
  // Any: what `EngineLink` starts this thread with.
  workerData,
  { say: (message, transfer) => port.postMessage(message, transfer), close: () => port.close() },
);
port.on('message', (message: ToEngine) => engine.receive(message));
