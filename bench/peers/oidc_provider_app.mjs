// The smallest application around the npm package oidc-provider: its own sign-in page, consent of first parties given,
// accounts from a file. argv: the configuration (JSON).
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const config = JSON.parse(readFileSync(process.argv[2]));
const require = createRequire(config.modules);
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

// In memory, without the bookkeeping per grant of the package's own development adapter: the cheapest it can do.
function memoryAdapter() {
  const kept = new Map();
  const byUid = new Map();
  return class {
    constructor(name) { this.name = name; }
    key(id) { return `${this.name}:${id}`; }
    async upsert(id, payload) {
      kept.set(this.key(id), payload);
      if (payload.uid) byUid.set(this.key(payload.uid), id);
    }
    async find(id) { return kept.get(this.key(id)); }
    async findByUid(uid) { return this.find(byUid.get(this.key(uid))); }
    async consume(id) {
      const payload = kept.get(this.key(id));
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    }
    async destroy(id) { kept.delete(this.key(id)); }
    async revokeByGrantId() {}
  };
}

// In Redis or Valkey, as the package's documentation lays it out: JSON values with expiry, a list of keys per grant.
function redisAdapter(url) {
  const Redis = require('ioredis');
  const redis = new Redis(url);
  return class {
    constructor(name) { this.name = name; }
    key(id) { return `oidc:${this.name}:${id}`; }
    async upsert(id, payload, ttl) {
      const expiry = ttl ? ['EX', ttl] : [];
      const all = redis.multi().set(this.key(id), JSON.stringify(payload), ...expiry);
      if (payload.uid) all.set(`oidc:uid:${this.key(payload.uid)}`, id, ...expiry);
      if (payload.grantId) {
        const grant = `oidc:grant:${payload.grantId}`;
        all.rpush(grant, this.key(id));
        if (ttl) all.expire(grant, ttl);
      }
      await all.exec();
    }
    async find(id) {
      const value = await redis.get(this.key(id));
      return value ? JSON.parse(value) : undefined;
    }
    async findByUid(uid) {
      const id = await redis.get(`oidc:uid:${this.key(uid)}`);
      return id ? this.find(id) : undefined;
    }
    async consume(id) {
      const payload = await this.find(id);
      if (!payload) return;
      const consumed = { ...payload, consumed: Math.floor(Date.now() / 1000) };
      await redis.set(this.key(id), JSON.stringify(consumed), 'KEEPTTL');
    }
    async destroy(id) { await redis.del(this.key(id)); }
    async revokeByGrantId(grantId) {
      const grant = `oidc:grant:${grantId}`;
      await redis.del(grant, ...(await redis.lrange(grant, 0, -1)));
    }
  };
}

const SCOPE = 'openid profile email';
const provider = new Provider(config.issuer, {
  adapter: config.redis ? redisAdapter(config.redis) : memoryAdapter(),
  clients: config.clients,
  jwks: { keys: config.keys },
  cookies: { keys: [config.cookieKey] },
  claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'], email: ['email', 'email_verified'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, Grant: 86400, Session: 86400, Interaction: 3600 },
  pkce: { required: () => true },
  async findAccount(ctx, id) {
    const claims = { sub: id, name: `U ${id}`, given_name: 'U', family_name: id, email: id, email_verified: true };
    return { accountId: id, claims: async () => claims };
  },
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const known = session.grantIdFor(client.clientId);
    const found = known && await ctx.oidc.provider.Grant.find(known);
    if (found) return found;
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(SCOPE);
    await grant.save();
    return grant;
  },
});

function passwordFits(email, password) {
  const kept = config.accounts[email];
  if (!kept) return false;
  return timingSafeEqual(Buffer.from(kept, 'hex'), createHash('sha256').update(password).digest());
}

async function signIn(request, response) {
  if (request.method === 'GET') {
    const { uid } = await provider.interactionDetails(request, response);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html><head><title>Sign in</title></head><body><form method="post"
      action="/interaction/${uid}"><input name="email"><input type="password" name="password">
      <button>Sign in</button></form></body></html>`);
    return;
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  const typed = new URLSearchParams(body);
  if (!passwordFits(typed.get('email'), typed.get('password'))) {
    response.writeHead(403).end();
    return;
  }
  const result = { login: { accountId: typed.get('email') } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const protocol = provider.callback();
http.createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    protocol(request, response);
    return;
  }
  signIn(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
}).listen(config.port, '127.0.0.1');
