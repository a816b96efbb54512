/** Small checks that turn something of unknown shape into a typed value, or say where it was wrong. */

export class WireError extends Error {}

export type Check<T> = (value: unknown, where: string) => T;

function kind<T>(name: string, is: (value: unknown) => value is T): Check<T> {
  return (value, where) => {
    if (is(value)) return value;
    throw new WireError(`${where} is not ${name}`);
  };
}

export const text = kind("a text", (value): value is string => typeof value === "string");
export const truth = kind("true or false", (value): value is boolean => typeof value === "boolean");
export const count = kind(
  "a whole number from 0",
  (value): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0,
);
export const whole = kind("a whole number", (value): value is number => Number.isInteger(value));
/** Of money, or a share. */
export const amount = kind("a number from 0", (value): value is number => typeof value === "number" && value >= 0);
const fields = kind(
  "an object",
  (value): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value),
);

export function list<T>(item: Check<T>): Check<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw new WireError(`${where} is not a list`);
    return value.map((one, index) => item(one, `${where}[${index}]`));
  };
}

/** Whatever it is: the page asks only whether it is there. */
export const anything: Check<unknown> = (value) => value;

/** What is missing or null becomes `fallback`. */
export function or<T, F>(check: Check<T>, fallback: F): Check<T | F> {
  return (value, where) => (value === undefined || value === null ? fallback : check(value, where));
}

/** Keys are data: a Map, so that a key such as `__proto__` is only a key. */
export function dictionary<T>(item: Check<T>): Check<ReadonlyMap<string, T>> {
  return (value, where) =>
    new Map(Object.entries(fields(value, where)).map(([key, one]) => [key, item(one, `${where}.${key}`)]));
}

/** An object with at least these fields; what else it carries is left behind. */
export function object<T extends object>(shape: { readonly [K in keyof T]: Check<T[K]> }): Check<T> {
  return (value, where) => {
    const given = fields(value, where);
    const entries = Object.keys(shape).map((key) => {
      const name = key as keyof T & string;
      return [name, shape[name](given[name], `${where}.${name}`)] as const;
    });
    return Object.fromEntries(entries) as T;
  };
}
