export { deriveKey, MasterKeyError } from './keys.js';
export { MASK } from '@signalbox/adapter-config';
export { createSecretBox, SecretBoxError, type SecretBox, type SecretBoxReason } from './secret-box.js';
export { newApiKey, newIntegrationKey, hashKey, isApiKey, isIntegrationKey } from './api-keys.js';
export { ROLES, allows, hasScope, isAtLeast, isRole, isScope, type Action, type Identity, type Requirement, type Role } from './authorisation.js';
export { hashPassword, needsRehash, verifyPassword } from './passwords.js';
export {
  IDENTITY_HEADER, IdentityTokenError, createIdentitySigner, createIdentityVerifier, newIdentityKeys, pemFromEnv,
  type IdentitySigner, type IdentityTokenReason, type IdentityVerifier,
} from './identity-token.js';
export { signToken, verifyToken, type TokenVerdict } from './signed-links.js';
export { CsrfGuard, passesCsrfRule } from './csrf.js';
export {
  accessOf, CurrentIdentity, identityHeader, IdentityGuard, openApiAccess, Public, Requires, RequiresGuard,
  type Authenticate, type IdentifiedRequest,
} from './guards.js';
export { auditMessage, type AuditedChange } from './audit.js';
