/**
 * A mistake that the user can mend: a wrong setting, a server that is away, a model that does not parse.
 * The command line prints its message without a stack trace and ends with exit code 1.
 * The message says what, where, found, expected and what to do.
 */
export class UserError extends Error {
  override name = 'UserError'
}
