/*
 * A stand-in for web.whatsapp.com as whatsapp-web.js sees it: `window.Debug`, `window.require` and the
 * modules behind it. Talks to the simulator by fetch, is talked to by an EventSource.
 */
(async () => {
  const { Emitter, createWid, MsgKey, Model, Collection } = window.simulator;
  const connection = crypto.randomUUID();
  let modes = {};
  let me;

  window.Debug = { VERSION: '2.3000.1099999999-simulator' };

  async function call(verb, body = {}) {
    const response = await fetch(`/sim/${verb}?connection=${connection}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`simulator: ${response.status} ${await response.text()}`);
    return response.json();
  }

  // ---- the login: young localStorage is lost when a browser is killed, IndexedDB is not -------------
  function openDatabase() {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open('simulator', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('login');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
  }
  async function useStore(mode, work) {
    const database = await openDatabase();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction('login', mode, { durability: 'strict' });
        const request = work(transaction.objectStore('login'));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  }
  async function readLogin() {
    return (
      localStorage.getItem('login') ?? (await useStore('readonly', (store) => store.get('login'))) ?? null
    );
  }
  async function writeLogin(device) {
    localStorage.setItem('login', device);
    await useStore('readwrite', (store) => store.put(device, 'login'));
  }
  async function forgetLogin() {
    localStorage.removeItem('login');
    await useStore('readwrite', (store) => store.delete('login'));
  }

  // ---- models ---------------------------------------------------------------------------------------
  class MsgModel extends Model {
    unsafe() {
      return this;
    }
    updateAck(ack) {
      if (ack === -1 || ack > this.ack) this.set({ ack });
    }
  }
  class ChatModel extends Model {}

  const Msg = new Collection(MsgModel);
  const Chat = new Collection(ChatModel);
  const Contact = new Collection(Model);
  Msg.getMessagesById = async (ids) => ({ messages: ids.map((id) => Msg.get(id)).filter(Boolean) });
  Msg.search = async () => ({ messages: [] });
  Chat.find = async (id) => Chat.get(createWid(id));

  const Conn = new Model({ ref: undefined, platform: 'android', pushname: 'Simulated phone' });
  const Socket = new Model({ state: 'OPENING', hasSynced: false });
  const Cmd = new Emitter();

  function chatOf(wid) {
    return (
      Chat.get(wid) ??
      Chat.add(
        new ChatModel({
          id: wid,
          formattedTitle: wid.user,
          unreadCount: 0,
          t: 0,
          msgs: new Collection(MsgModel),
        }),
      )
    );
  }
  function keep(chat, model) {
    const added = Msg.add(model);
    chat.msgs.add(added);
    chat.t = added.t;
    return added;
  }
  function fromServer(message, isNewMsg) {
    const remote = createWid(message.remote);
    const id = new MsgKey({ from: remote, to: remote, id: message.id, fromMe: message.fromMe });
    const own = createWid(me);
    return keep(
      chatOf(remote),
      new MsgModel({
        ...message.fields,
        id,
        ack: message.ack,
        body: message.body,
        type: message.type,
        t: message.t,
        from: message.fromMe ? own : remote,
        to: message.fromMe ? remote : own,
        isNewMsg,
      }),
    );
  }

  // ---- sending --------------------------------------------------------------------------------------
  function addAndSendMsgToChat(chat, message) {
    if (modes.send === 'throw') throw new Error('simulated: addAndSendMsgToChat threw');
    const model = keep(chat, new MsgModel(message));
    return [Promise.resolve(model), transmit(model)];
  }
  async function transmit(model) {
    const fields = {};
    for (const name of ['filename', 'mimetype', 'caption', 'directPath', 'size', 'filehash']) {
      if (model[name] !== undefined) fields[name] = model[name];
    }
    const answer = await call('send', {
      id: model.id.id,
      remote: model.id.remote._serialized,
      type: model.type,
      body: model.body,
      t: model.t,
      fields,
    });
    switch (answer.outcome) {
      case 'taken':
        model.updateAck(1);
        return { messageSendResult: 'OK', t: model.t };
      case 'undefined':
        Msg.remove(model);
        return { messageSendResult: 'OK', t: model.t };
      case 'pending':
        return { messageSendResult: 'OK', t: model.t };
      case 'refused':
        model.updateAck(-1);
        if (answer.error) throw new Error(answer.error);
        return { messageSendResult: 'ERROR_UNKNOWN' };
      case 'lost':
        throw new Error('simulated: the connection closed before the answer came');
      default:
        return new Promise(() => {
          // `hang`: nobody ever answers.
        });
    }
  }

  class OpaqueData {
    constructor(file, mimetype) {
      this.file = file;
      this.mimetype = mimetype;
    }
    static async createFromData(file, mimetype) {
      return new OpaqueData(file, mimetype);
    }
    url() {
      return 'blob:simulated';
    }
    formData() {
      return this.file;
    }
    autorelease() {
      // The real one frees its blob; this one is garbage-collected.
    }
  }
  class MediaData extends Model {
    toJSON() {
      const { mediaBlob: _blob, ...rest } = this.serialize();
      return rest;
    }
  }
  const mediaObjects = new Map();
  async function prepareMedia(opaque, { asDocument }) {
    const bytes = await opaque.file.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const filehash = btoa(String.fromCharCode(...digest));
    mediaObjects.set(filehash, {
      filehash,
      type: asDocument ? 'document' : opaque.mimetype.split('/')[0],
      size: bytes.byteLength,
      file: opaque.file,
      contentInfo: {},
      consolidate() {
        // Nothing to merge: the simulated object is complete from the start.
      },
    });
    return new MediaData({
      type: asDocument ? 'document' : opaque.mimetype.split('/')[0],
      mimetype: opaque.mimetype,
      filename: opaque.file.name,
      filehash,
      size: bytes.byteLength,
      mediaBlob: opaque,
      preview: '',
    });
  }
  async function uploadMedia({ mediaObject }) {
    if (modes.upload === 'fail') return { mediaEntry: undefined };
    const response = await fetch(`/sim/upload?connection=${connection}`, {
      method: 'POST',
      body: mediaObject.file,
    });
    const { path } = await response.json();
    return {
      mediaEntry: {
        mmsUrl: `https://mmg.whatsapp.net${path}`,
        deprecatedMms3Url: `https://mmg.whatsapp.net${path}`,
        directPath: path,
        mediaKey: 'a2V5',
        mediaKeyTimestamp: Math.floor(Date.now() / 1000),
        encFilehash: mediaObject.filehash,
        uploadHash: mediaObject.filehash,
      },
    };
  }

  async function queryWidExists(wid) {
    const { registered } = await call('exists', { wid: wid._serialized });
    return registered ? { wid } : null;
  }
  async function findOrCreateLatestChat(wid) {
    if (!(await queryWidExists(wid))) throw new Error('No LID for user');
    return { chat: chatOf(wid), created: true };
  }

  async function logout() {
    await forgetLogin();
    await call('logged-out');
    if (modes.logout === 'navigates') location.href = '/?post_logout=1';
    return true;
  }

  // ---- the modules ----------------------------------------------------------------------------------
  const links = (text) => [...String(text ?? '').matchAll(/https?:\/\/\S+/g)].map(([href]) => ({ href }));
  const key = { pubKey: new Uint8Array(32).fill(7) };
  const modules = {
    WAWebSocketModel: { Socket: Object.assign(Socket, { logout, reconnect() {} }) },
    WAWebCmd: { Cmd: Object.assign(Cmd, { refreshQR: () => call('refresh-qr') }) },
    WAWebConnModel: { Conn },
    WAWebOfflineHandler: { OfflineMessageHandler: { getOfflineDeliveryProgress: () => 100 } },
    WAWebAltDeviceLinkingApi: {
      setPairingType() {},
      async initializeAltDeviceLinking() {},
      startAltLinkingFlow: async (phone) => (await call('pairing-code', { phone })).code,
      async initializeQRLinking() {},
    },
    WAWebLaunchSocketUtils: { refreshQR: () => call('refresh-qr') },
    WABase64: { encodeB64: (bytes) => btoa(String.fromCharCode(...bytes)) },
    WAWebCompanionRegClientUtils: { DEVICE_PLATFORM: '1' },
    WAWebAdvSignatureApi: {},
    WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => ({ staticKeyPair: key }) } },
    WAWebSignalStoreApi: { waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: key }) } },
    WAWebUserPrefsMultiDevice: { getADVSecretKey: () => 'c2VjcmV0' },
    WAWebMiscBrowserUtils: { info: () => ({ os: 'simulated', name: 'simulated' }) },
    WAWebUserPrefsMeUser: {
      getMaybeMePnUser: () => (me ? createWid(me) : undefined),
      getMaybeMeLidUser: () => undefined,
    },
    WAWebCollections: { Msg, Chat, Contact },
    WAWebSyncGatingUtils: { isPlaceholderMessageResendEnabled: () => false },
    WAWebCallCollection: { on() {}, calls: new Map() },
    WAWebAddonReactionTableMode: { reactionTableMode: { bulkUpsert() {} } },
    WAWebAddonPollVoteTableMode: { pollVoteTableMode: { bulkUpsert() {} } },
    WAWebBackendJobsCommon: { mediaTypeFromProtobuf: () => null },
    WAWebE2EProtoUtils: { typeAttributeFromProtobuf: () => 'text' },
    WAWebWidFactory: { createWid, createWidFromWidLike: createWid, asUserWidOrThrow: createWid },
    WAWebFindChatAction: { findOrCreateLatestChat },
    WAWebStreamModel: { Stream: { markAvailable() {}, markUnavailable() {} } },
    WAWebUpdateUnreadChatAction: { async sendSeen() {} },
    WAWebChatGetters: { getIsNewsletter: () => false, getIsBroadcast: () => false },
    WALinkify: { findLink: (text) => links(text)[0], findLinks: links },
    WAWebMsgKey: MsgKey,
    WAWebGetEphemeralFieldsMsgActionsUtils: { getEphemeralFields: () => ({}) },
    WAWebSendMsgChatAction: { addAndSendMsgToChat },
    WAWebQueryExistsJob: { queryWidExists },
    WAWebApiContact: { getCurrentLid: () => undefined, getPhoneNumber: (wid) => wid },
    WAWebChatLoadMessages: {
      async loadEarlierMsgs({ chat }) {
        if (modes.history === 'unavailable') throw new Error('simulated: history is not there yet');
        const { messages } = await call('history', { remote: chat.id._serialized });
        const fresh = messages.filter((message) => !Msg.get(message.serialized));
        return fresh.map((message) => fromServer(message, false));
      },
    },
    WAWebMediaOpaqueData: OpaqueData,
    WAWebPrepRawMedia: {
      prepRawMedia: (opaque, params) => ({ waitForPrep: () => prepareMedia(opaque, params) }),
    },
    WAWebMediaStorage: { getOrCreateMediaObject: (filehash) => mediaObjects.get(filehash) },
    WAWebMmsMediaTypes: { msgToMediaType: ({ type }) => type, castToV4: (type) => type },
    WAWebMediaDataUtils: { shouldUseMediaCache: () => false },
    WAWebMediaInMemoryBlobCache: { InMemoryMediaBlobCache: { put() {} } },
    WAWebMediaMmsV4Upload: { uploadMedia },
  };

  function deepProxy() {
    return new Proxy(function () {}, {
      get: (_target, name) => (name === 'then' || typeof name === 'symbol' ? undefined : deepProxy()),
      apply: () => deepProxy(),
      construct: () => deepProxy(),
    });
  }
  window.require = (name) => {
    if (Object.hasOwn(modules, name)) return modules[name];
    void call('unknown-module', { name });
    return deepProxy();
  };

  // ---- life -----------------------------------------------------------------------------------------
  let synced = false;
  function sync() {
    if (synced || modes.sync === 'never' || Socket.state !== 'CONNECTED') return;
    // The library loses a `hasSynced` that fires before it listens; the real page is slower than it.
    if (!Socket.hasListener('change:hasSynced')) return;
    synced = true;
    setTimeout(() => Socket.set({ hasSynced: true }), 0);
  }
  window.simulator.noteListener = (emitter, name) => {
    if (emitter === Socket && name === 'change:hasSynced') sync();
    if (emitter === Msg && name === 'add') void call('listening');
  };

  async function connect(login) {
    me = login.number;
    for (const message of login.messages) fromServer(message, false);
    Socket.set({ state: 'CONNECTED' });
    sync();
  }
  function takeModes({ modes: next, version }) {
    modes = next;
    void call('modes-taken', { version });
  }
  const handlers = {
    async welcome({ login, ref }) {
      if (login) {
        takeModes(login);
        await connect(login);
        return;
      }
      await forgetLogin();
      Conn.set({ ref });
      Socket.set({ state: 'UNPAIRED' });
    },
    ref: ({ ref }) => Conn.set({ ref }),
    async paired(login) {
      takeModes(login);
      await writeLogin(login.device);
      await connect(login);
      await call('login-kept');
    },
    modes(next) {
      takeModes(next);
      sync();
    },
    ack: ({ serialized, ack }) => Msg.get(serialized)?.updateAck(ack),
    message: ({ message }) => fromServer(message, true),
    state: ({ state }) => Socket.set({ state }),
    async unlink({ style, delayMs }) {
      await forgetLogin();
      if (style === 'UNPAIRED') {
        Socket.set({ state: 'UNPAIRED' });
        return;
      }
      Cmd.trigger('logout');
      setTimeout(() => (location.href = '/?post_logout=1'), delayMs);
    },
    reload: () => location.reload(),
    address: ({ path }) => history.pushState({}, '', path),
    resync() {
      Socket.set({ hasSynced: false });
    },
    hang() {
      for (;;) {
        // The renderer is busy for ever: nothing in this page answers any more.
      }
    },
  };

  // ---- what the simulator tells -----------------------------------------------------------------------
  let isLeaving = false;
  addEventListener('beforeunload', () => (isLeaving = true));
  /** Acted on twice they do no harm; with all others it is said first, for there may be no page afterwards. */
  const mayRepeat = new Set(['ack', 'message']);
  const taken = [];
  function confirmSoon(id) {
    if (taken.push(id) > 1) return;
    setTimeout(() => void call('taken', { ids: taken.splice(0) }), 50);
  }
  async function confirm(id) {
    const { isIts } = await call('taken', { ids: [id] });
    return isIts;
  }
  /** What a page leaves is told to the next one. */
  async function handle({ id, event }) {
    if (isLeaving) return;
    if (id !== undefined && !mayRepeat.has(event.type) && !(await confirm(id))) return;
    await handlers[event.type](event);
    if (mayRepeat.has(event.type)) confirmSoon(id);
  }
  const device = await readLogin();
  const events = new EventSource(`/sim/events?connection=${connection}&device=${device ?? ''}`);
  let handling = Promise.resolve();
  events.onmessage = ({ data }) => {
    handling = handling.then(() => handle(JSON.parse(data))).catch(console.error);
  };
})();
