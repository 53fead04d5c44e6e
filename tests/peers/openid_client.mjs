// openid-client as a publisher's server uses it. The first line on stdin says where we are registered and how; each following line is the
// address to which the browser came back, or the form. One line of JSON goes out for each step, and what fails ends the process with its reason.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2]);
const client = await import(pathToFileURL(require.resolve("openid-client")));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");

const { issuer, clientId, secret, key, algs, redirectUri, scope, skew, bound, pushed } = JSON.parse(await next());
const metadata = { [client.clockSkew]: skew, [client.clockTolerance]: 5, ...algs };
if (secret === null) metadata.token_endpoint_auth_method = "none";
const proof = async () => {
  if (!key) return secret === null ? client.None() : client.ClientSecretBasic(secret);
  const own = await crypto.subtle.importKey("jwk", key, { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]);
  return client.PrivateKeyJwt({ key: own, kid: key.kid });
};
const config = await client.discovery(
  new URL(issuer), clientId, metadata, await proof(),
  // Without the second it leaves signatures to TLS.
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
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
  ...(key ? { response_mode: "form_post" } : {}),
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

const came = JSON.parse(await next());
const answer = came.form
  ? new Request(redirectUri, { method: "POST", body: new URLSearchParams(came.form) })
  : new URL(came.url);
const tokens = await client.authorizationCodeGrant(
  config, answer,
  { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }, undefined, { DPoP },
);
const claims = tokens.claims();
const about = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
const later = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
const looked = secret === null && !key ? null : await client.tokenIntrospection(config, later.access_token);
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
