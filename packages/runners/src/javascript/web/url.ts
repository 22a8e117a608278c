/** `URL` and `URLSearchParams`. The host, which has a parser, takes text apart; what is held here is text. */
export const URLS: string = `(function (tools) {
  'use strict';
  const { host, pack, unpack, stringOf, own } = tools;
  const SETTABLE = ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
  const told = (packed) => (packed === undefined ? undefined : JSON.parse(unpack(packed)));
  // As the host tells them.
  const PARTS = ['href', 'origin', ...SETTABLE.slice(1)];
  const partsOf = (packed) => {
    const values = told(packed);
    return values && Object.fromEntries(PARTS.map((name, index) => [name, values[index]]));
  };
  const text = (value) => stringOf(value).toWellFormed();

  // What a URL may do to its own parameters, and nobody else.
  let parseInto;
  let observe;
  class URLSearchParams {
    #pairs = [];
    #changed = () => {};
    static {
      parseInto = (params, query) => params.#parse(query);
      observe = (params, changed) => {
        params.#changed = changed;
        return params;
      };
    }
    constructor(init = '') {
      if (typeof init === 'object' && init !== null) this.#pairs = pairsOf(init);
      else this.#parse(stringOf(init));
    }
    #parse(query) {
      this.#pairs = told(host.parseQuery(pack(query)));
    }
    #where(name, value) {
      const [wanted, also] = [text(name), value === undefined ? undefined : text(value)];
      return ([key, held]) => key === wanted && (also === undefined || held === also);
    }
    get size() { return this.#pairs.length; }
    append(name, value) {
      this.#pairs.push([text(name), text(value)]);
      this.#changed();
    }
    delete(name, value) {
      const gone = this.#where(name, value);
      this.#pairs = this.#pairs.filter((pair) => !gone(pair));
      this.#changed();
    }
    get(name) { return this.#pairs.find(this.#where(name))?.[1] ?? null; }
    getAll(name) { return this.#pairs.filter(this.#where(name)).map((pair) => pair[1]); }
    has(name, value) { return this.#pairs.some(this.#where(name, value)); }
    set(name, value) {
      const at = this.#pairs.findIndex(this.#where(name));
      const gone = this.#where(name);
      if (at < 0) this.#pairs.push([text(name), text(value)]);
      else {
        this.#pairs[at] = [text(name), text(value)];
        this.#pairs = this.#pairs.filter((pair, index) => index <= at || !gone(pair));
      }
      this.#changed();
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }
    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (let at = 0; at < this.#pairs.length; at++) yield [...this.#pairs[at]];
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    toString() { return unpack(host.formatQuery(pack(JSON.stringify(this.#pairs)))); }
    get [Symbol.toStringTag]() { return 'URLSearchParams'; }
  }
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, writable: true, configurable: true,
  });
  function pairsOf(init) {
    if (init[Symbol.iterator] === undefined || init[Symbol.iterator] === null) {
      return Object.entries(init).map(([name, value]) => [text(name), text(value)]);
    }
    return Array.from(init, (pair) => {
      const items = Array.from(pair);
      if (items.length !== 2) throw new TypeError('URLSearchParams takes pairs of a name and a value.');
      return [text(items[0]), text(items[1])];
    });
  }

  class URL {
    #parts;
    #params;
    constructor(url, base) {
      const parts = parsed(url, base);
      if (parts === undefined) throw new TypeError('Invalid URL');
      this.#parts = parts;
    }
    static canParse(url, base) { return parsed(url, base) !== undefined; }
    static parse(url, base) { return parsed(url, base) === undefined ? null : new URL(url, base); }
    #set(name, value) {
      const parts = partsOf(host.changeUrl(pack(this.#parts.href), pack(name), pack(stringOf(value))));
      if (parts === undefined) throw new TypeError('Invalid URL');
      this.#parts = parts;
      if (this.#params && (name === 'href' || name === 'search')) parseInto(this.#params, this.#parts.search);
    }
    get origin() { return this.#parts.origin; }
    get searchParams() {
      this.#params ??= observe(new URLSearchParams(this.#parts.search), () => {
        this.#parts = partsOf(host.changeUrl(pack(this.#parts.href), pack('search'), pack(String(this.#params))));
      });
      return this.#params;
    }
    static {
      for (const name of SETTABLE) {
        Object.defineProperty(this.prototype, name, {
          get() { return this.#parts[name]; },
          set(value) { this.#set(name, value); },
          enumerable: true,
          configurable: true,
        });
      }
    }
    toString() { return this.#parts.href; }
    toJSON() { return this.#parts.href; }
    get [Symbol.toStringTag]() { return 'URL'; }
  }
  function parsed(url, base) {
    return partsOf(base === undefined ? host.parseUrl(pack(stringOf(url))) : host.parseUrl(pack(stringOf(url)), pack(stringOf(base))));
  }
  own(URL, URLSearchParams);
  return { URL, URLSearchParams };
})`;
