/*
 * The little of WhatsApp Web's own object model that whatsapp-web.js leans on: emitters, models,
 * collections, wids and message keys. Runs in the browser, before page.js.
 */
(() => {
  const listeners = new WeakMap();

  /** Listeners live outside the object: the library copies and serialises these objects. */
  class Emitter {
    on(names, listener) {
      for (const name of names.split(/\s+/)) {
        const own = listeners.get(this) ?? new Map();
        listeners.set(this, own);
        own.set(name, [...(own.get(name) ?? []), listener]);
        window.simulator.noteListener(this, name);
      }
      return this;
    }
    off(names, listener) {
      const own = listeners.get(this);
      for (const name of names.split(/\s+/)) {
        own?.set(
          name,
          (own.get(name) ?? []).filter((entry) => entry !== listener && entry.wrapped !== listener),
        );
      }
      return this;
    }
    once(names, listener) {
      const wrapper = (...values) => {
        this.off(names, listener);
        listener(...values);
      };
      wrapper.wrapped = listener;
      return this.on(names, wrapper);
    }
    trigger(name, ...values) {
      for (const listener of listeners.get(this)?.get(name) ?? []) listener(...values);
    }
    hasListener(name) {
      return (listeners.get(this)?.get(name) ?? []).length > 0;
    }
  }

  class Wid {
    constructor(user, server) {
      this.server = server;
      this.user = user;
      this._serialized = `${user}@${server}`;
    }
    isLid() {
      return this.server === 'lid';
    }
    isUser() {
      return this.server === 'c.us' || this.server === 'lid';
    }
    isGroup() {
      return this.server === 'g.us';
    }
    isStatus() {
      return this._serialized === 'status@broadcast';
    }
    toJid() {
      return this._serialized.replace('@c.us', '@s.whatsapp.net');
    }
    toString() {
      return this._serialized;
    }
  }

  function createWid(value) {
    if (value instanceof Wid) return value;
    const text = typeof value === 'object' ? value._serialized : String(value);
    const [user, server] = text.split('@');
    if (!user || !server) throw new Error(`invalid wid: ${text}`);
    return new Wid(user, server);
  }

  class MsgKey {
    constructor({ from, to, id, selfDir, fromMe }) {
      this.fromMe = fromMe ?? selfDir === 'out';
      this.remote = this.fromMe ? to : from;
      this.id = id;
      this._serialized = `${this.fromMe}_${this.remote}_${id}`;
    }
    toString() {
      return this._serialized;
    }
    static newId() {
      const bytes = crypto.getRandomValues(new Uint8Array(9));
      return Promise.resolve(
        '3EB0' + [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(''),
      );
    }
    static fromString(text) {
      const [fromMe, remote, id] = text.split('_');
      const wid = createWid(remote);
      return new MsgKey({ from: wid, to: wid, id, fromMe: fromMe === 'true' });
    }
  }

  const owners = new WeakMap();

  class Model extends Emitter {
    constructor(attributes) {
      super();
      Object.assign(this, attributes);
    }
    /** Changes bubble to the one collection that holds the model, as `change:name` and `change`. */
    set(attributes) {
      const changed = Object.entries(attributes).filter(([name, value]) => this[name] !== value);
      for (const [name, value] of changed) {
        const previous = this[name];
        this[name] = value;
        this.trigger(`change:${name}`, this, value, previous);
        owners.get(this)?.trigger(`change:${name}`, this, value, previous);
      }
      if (changed.length > 0) {
        this.trigger('change', this);
        owners.get(this)?.trigger('change', this);
      }
      return this;
    }
    serialize() {
      const plain = {};
      for (const [name, value] of Object.entries(this)) {
        if (typeof value === 'function' || value instanceof Collection) continue;
        plain[name] = value instanceof Model ? value.serialize() : value;
      }
      return plain;
    }
    toJSON() {
      return this.serialize();
    }
  }

  class Collection extends Emitter {
    #models = new Map();
    constructor(modelClass) {
      super();
      this.modelClass = modelClass;
    }
    get(key) {
      return this.#models.get(typeof key === 'object' ? key._serialized : key);
    }
    add(model) {
      const added = model instanceof this.modelClass ? model : new this.modelClass(model);
      const key = added.id._serialized;
      const known = this.#models.get(key);
      if (known) return known;
      this.#models.set(key, added);
      if (!owners.has(added)) owners.set(added, this);
      this.trigger('add', added);
      return added;
    }
    remove(model) {
      this.#models.delete(model.id._serialized);
      this.trigger('remove', model);
    }
    getModelsArray() {
      return [...this.#models.values()];
    }
  }

  window.simulator = {
    Emitter,
    Wid,
    createWid,
    MsgKey,
    Model,
    Collection,
    noteListener() {
      // page.js listens here; before it has loaded there is nobody to tell.
    },
  };
})();
