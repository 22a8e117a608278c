/** How long a connection may be there without a call. */
import { limits } from '../limits.ts';

export interface LifeSpans {
  /** ms until its first call. */
  readonly first: number;
  /** ms without a call, while nobody has shown who it is. */
  readonly strangersIdle: number;
  /** The same, afterwards. */
  readonly idle: number;
}

export const lifeSpans: LifeSpans = {
  first: limits.firstRequest.value,
  strangersIdle: limits.strangersIdle.value,
  idle: limits.connectionIdle.value,
};

export interface ConnectionLifeOptions {
  /** Closes the connection. */
  readonly end: () => void;
  /** Called once: when somebody has shown for the first time who it is. */
  readonly known?: () => void;
  readonly spans?: LifeSpans;
}

/** Pings and half-sent headers count for nothing: a connection without a call comes to its end. */
export class ConnectionLife {
  readonly #spans: LifeSpans;
  readonly #end: () => void;
  readonly #tellKnown: () => void;
  #timer: NodeJS.Timeout | undefined;
  #calls = 0;
  #known = false;
  #isTold = false;
  #hasEnded = false;

  constructor({ end, known = () => undefined, spans = lifeSpans }: ConnectionLifeOptions) {
    this.#spans = spans;
    this.#end = end;
    this.#tellKnown = known;
    this.#endAfter(spans.first);
  }

  /** Somebody has logged in, or attested itself, on it. */
  know(): void {
    if (this.#known) return;
    this.#known = true;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tellKnown();
  }

  /** It has had its part of what strangers may ask. Whoever has shown who it is goes on, and shows it again. */
  refuse(): void {
    if (this.#known) this.#known = false;
    else this.end();
  }

  get isKnown(): boolean {
    return this.#known;
  }

  /** Closes the connection, once. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#end();
  }

  begin(): void {
    this.#calls++;
    clearTimeout(this.#timer);
  }

  finish(): void {
    this.#calls--;
    if (this.#calls === 0) this.#endAfter(this.#known ? this.#spans.idle : this.#spans.strangersIdle);
  }

  /** The connection is gone. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#calls = Number.POSITIVE_INFINITY;
  }

  #endAfter(ms: number): void {
    this.#timer = setTimeout(() => this.end(), ms);
    this.#timer.unref();
  }
}
