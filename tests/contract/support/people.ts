/** Users of a platform, who act through a client of any language. */
import type { JsonObject } from '@bufbuild/protobuf';
import { expect } from 'vitest';
import type { Answer, Driver, Service } from './driver.ts';

export const PASSWORD = 'a test password';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export class Person {
  readonly id: string;
  readonly #driver: Driver;
  #token = '';

  constructor(driver: Driver, id: string) {
    this.#driver = driver;
    this.id = id;
  }

  /** Logs in; what it is answered. */
  async login(password = PASSWORD): Promise<Answer> {
    const request = { id: this.id, password };
    // As Teaclave's Rust client does on every call.
    const metadata = { id: this.id, token: '', role: 'Invalid' };
    const answer = await this.#driver.call({
      service: 'TeaclaveAuthenticationApi',
      method: 'UserLogin',
      request,
      metadata,
    });
    this.#token = textOf(answer.reply['token']);
    return answer;
  }

  ask(service: Service, method: string, request: JsonObject, token = this.#token): Promise<Answer> {
    const metadata = { id: this.id, token };
    return this.#driver.call({ service, method, request, metadata });
  }

  /** Of the frontend; the reply of a call that must go well. */
  async get(method: string, request: JsonObject): Promise<JsonObject> {
    const { code, text, reply } = await this.ask('TeaclaveFrontend', method, request);
    expect({ method, code, text }).toEqual({ method, code: 0, text: '' });
    return reply;
  }

  /** The same for one text of the reply. */
  async idOf(method: string, field: string, request: JsonObject): Promise<string> {
    return textOf((await this.get(method, request))[field]);
  }

  /** Registers somebody, and logs in as it. */
  async register(id: string, role: string, attribute = ''): Promise<Person> {
    const { code, text } = await this.ask('TeaclaveAuthenticationApi', 'UserRegister', {
      id,
      password: PASSWORD,
      role,
      attribute,
    });
    expect({ id, code, text }).toEqual({ id, code: 0, text: '' });
    const person = new Person(this.#driver, id);
    expect((await person.login()).code).toBe(0);
    return person;
  }
}
