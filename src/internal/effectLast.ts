/**
 * Functions around an effect, which comes last, called whole or piped: `f(self, effect)` and `effect.pipe(f(self))`. Effect's own
 * `dual` is for functions whose first argument is piped.
 */

/** A function of `self` and an effect. */
export const effectLast = <F>(body: (self: never, effect: never) => unknown): F =>
  ((self: never, effect?: never) =>
    effect === undefined ? (piped: never) => body(self, piped) : body(self, effect)) as F

/** A function of `self`, an argument and an effect. */
export const effectLast3 = <F>(body: (self: never, argument: never, effect: never) => unknown): F =>
  ((self: never, argument: never, effect?: never) =>
    effect === undefined ? (piped: never) => body(self, argument, piped) : body(self, argument, effect)) as F
