export { deriveKey, MasterKeyError } from './keys.js';
export { createSecretBox, MASK, SecretBoxError, type SecretBox, type SecretBoxReason } from './secret-box.js';
export { newApiKey, hashApiKey, isApiKey, newIntegrationKey, hashIntegrationKey, isIntegrationKey } from './api-keys.js';
export { ROLES, allows, hasScope, isAtLeast, isRole, isScope, type Action, type Identity, type Requirement, type Role } from './authorisation.js';
export { hashPassword, needsRehash, verifyPassword } from './passwords.js';
export { IDENTITY_HEADER, IdentitySigner, IdentityTokenError, IdentityVerifier, newIdentityKeys, type IdentityTokenReason } from './identity-token.js';
export { signToken, verifyToken, type TokenVerdict } from './signed-links.js';
export { CsrfGuard, passesCsrfRule } from './csrf.js';
export {
  accessOf, CurrentIdentity, identityHeader, IdentityGuard, openApiAccess, Public, Requires, RequiresGuard,
  type Authenticate, type IdentifiedRequest,
} from './guards.js';
