// openid-client as a publisher's server uses it. The first line on stdin says where we are registered and how; each following line is the
// address to which the browser came back. One line of JSON goes out for each step, and what fails ends the process with its reason.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2]);
const client = await import(pathToFileURL(require.resolve("openid-client")));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");

const { issuer, clientId, secret, redirectUri, scope, skew, bound, pushed } = JSON.parse(await next());
const metadata = { [client.clockSkew]: skew, [client.clockTolerance]: 5 };
if (secret === null) metadata.token_endpoint_auth_method = "none";
const config = await client.discovery(
  new URL(issuer), clientId, metadata, secret === null ? client.None() : client.ClientSecretBasic(secret),
  { execute: [client.allowInsecureRequests] },
);
const server = config.serverMetadata();
const DPoP = bound ? client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) : undefined;

if (redirectUri === null) {
  const tokens = await client.clientCredentialsGrant(config, scope ? { scope } : {}, { DPoP });
  const answer = await client.fetchProtectedResource(
    config, tokens.access_token, new URL("/data/schools", issuer), "GET", undefined, undefined, { DPoP },
  );
  say({ type: tokens.token_type, status: answer.status, data: await answer.json() });
  process.exit(0);
}

const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const asked = {
  redirect_uri: redirectUri,
  scope,
  state,
  nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  claims: JSON.stringify({ id_token: { school_name: { essential: true } } }),
};
const url = pushed
  ? await client.buildAuthorizationUrlWithPAR(config, asked, { DPoP })
  : client.buildAuthorizationUrl(config, asked);
say({ url: url.href });

const tokens = await client.authorizationCodeGrant(
  config, new URL(await next()),
  { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }, undefined, { DPoP },
);
const claims = tokens.claims();
const about = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
const later = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
const looked = secret === null ? null : await client.tokenIntrospection(config, later.access_token);
await client.tokenRevocation(config, later.access_token);
const gone = await client.fetchUserInfo(config, later.access_token, claims.sub, { DPoP }).then(() => "alive", () => "gone");
say({
  type: tokens.token_type,
  same: later.claims().sub === claims.sub,
  school: claims.school_name,
  name: about.given_name,
  active: looked && looked.active,
  gone,
  iss: server.authorization_response_iss_parameter_supported,
  logout: client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).href,
});
process.exit(0);
