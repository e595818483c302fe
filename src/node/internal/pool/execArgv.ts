/** Which of the flags that this process was started with its workers are started with. */

/** What says what Node is to run, to watch or to debug: for a worker that is another file, and the debugger's port is taken. */
const own = /^(-e|--eval|-p|-pe|--print|-i|--interactive|-c|--check|--input-type|--(test|watch|inspect)\b.*)(=|$)/

/** Whose value is the argument after it, if it has none itself. */
const withValue = /^(-e|--eval|-pe?|--print|--input-type)$/

export const workersFlags = (flags: ReadonlyArray<string>): Array<string> =>
  flags.filter((flag, i) => !own.test(flag) && !(i > 0 && withValue.test(flags[i - 1]!)))
