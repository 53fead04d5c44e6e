// node-saml as a publisher: one JSON object a line in, one out. The first makes it and gets its metadata and the address of its request;
// each further one is a form that our page posted to it.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { SAML } = createRequire(process.argv[2])("@node-saml/node-saml");
let publisher, person;

// What was asked is not forgotten at a first answer that was wrong, so that the second one is judged for what it is.
const asked = new Map();
const cacheProvider = {
  saveAsync: async (id, value) => (asked.set(id, value), { value, createdAt: Date.now() }),
  getAsync: async (id) => asked.get(id) ?? null,
  removeAsync: async () => null,
};

async function answer({ options, certificate, form, leaves, redirected, query }) {
  if (options) {
    publisher = new SAML({ ...options, cacheProvider });
    const metadata = publisher.generateServiceProviderMetadata(certificate, certificate);
    return { metadata, url: await publisher.getAuthorizeUrlAsync("terug", undefined, {}) };
  }
  if (leaves) return { url: await publisher.getLogoutUrlAsync(person, "terug", {}) };
  if (redirected) {
    const { profile, loggedOut } = await publisher.validateRedirectAsync(redirected, query);
    if (profile === null) return { over: loggedOut };
    return { url: await publisher.getLogoutResponseUrlAsync(profile, redirected.RelayState ?? "", {}, profile.nameID === person.nameID) };
  }
  const { profile, loggedOut } = await publisher.validatePostResponseAsync(form);
  if (profile === null) return { over: loggedOut };
  person = profile;
  return { name: profile.nameID, format: profile.nameIDFormat, attributes: profile.attributes, session: profile.sessionIndex };
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = await answer(JSON.parse(line)).catch((error) => ({ error: String(error.message ?? error) }));
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
