import { inspect, types } from 'node:util'

type Callable = (this: unknown, ...parameters: unknown[]) => unknown

/** A function that can be called without `new` and does its work when called. */
export function isCallable(value: unknown): value is Callable {
  return typeof value === 'function' && !isClass(value) && !types.isGeneratorFunction(value)
}

/** A class, or a constructor function with methods as they were written before classes. */
export function isClass(value: unknown): boolean {
  if (typeof value !== 'function') return false
  if (/^class\b/.test(Function.prototype.toString.call(value))) return true
  const methods = isObject(value.prototype) ? Object.getOwnPropertyNames(value.prototype) : []
  return methods.some((name) => name !== 'constructor')
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function'
}

/** An object or function: something that has properties. */
export function isPropertied(value: unknown): value is object {
  return isObject(value) || typeof value === 'function'
}

/** Whether the value has a function under each of these names. Routers that answer to any name at all have none of them. */
export function hasMethods<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, (...parameters: unknown[]) => unknown> {
  return isPropertied(value) && names.every((name) => name in value && isFunction(Reflect.get(value, name)))
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** An object literal. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** What a value is, as the end of a sentence: `the string "hello"`, `an instance of Map`. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'function') return describeFunction(value)
  if (Array.isArray(value)) return 'an array'
  if (isPlainObject(value)) return `a plain object (${listNames(Object.keys(value))})`
  if (typeof value === 'object') return `an instance of ${nameOf(value.constructor) ?? 'an unnamed class'}`
  return `the ${typeof value} ${inspect(value, { maxStringLength: 60 })}`
}

/** The names, or that there are none; a long list is cut. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  const shown = names.slice(0, 20).join(', ')
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown
}

function describeFunction(value: { name: string; length: number }): string {
  if (isClass(value)) return value.name === '' ? 'a class' : `the class ${value.name}`
  if (types.isGeneratorFunction(value)) return 'a generator function'
  return `a function with ${value.length} parameter${value.length === 1 ? '' : 's'}`
}

function nameOf(maker: unknown): string | undefined {
  return typeof maker === 'function' && maker.name !== '' ? maker.name : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
