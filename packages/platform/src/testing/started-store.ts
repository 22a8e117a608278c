/** The store of a platform after its first start, for tests that begin with one: to hash the administrator's password takes long. */
import { AuthenticationService } from '../services/authentication/authentication.ts';
import { TestStore } from './store.ts';

/** A closed store with the first administrator, to be given to `TestStore.open`; whoever asks for it removes it. */
export async function startedStore(password: string): Promise<TestStore> {
  const started = await TestStore.open();
  const { store, clock } = started;
  await (await AuthenticationService.open({ store, clock })).bootstrapAdmin(password);
  await store.close();
  return started;
}
