/** The members of a list. */
export interface Members<Member> {
  readonly size: number
  has(member: Member): boolean
  /** All of them now, in the order in which they came. */
  members(): Member[]
}

/** Objects that come and go, in the order in which they came. */
export interface LinkedList<Member, Note> extends Members<Member> {
  /** Takes an object, with a note. It must not be in any such list already. */
  add(member: Member, note: Note): void
  /** Takes an object out, and gives its note; undefined if it is not there. */
  remove(member: Member): Note | undefined
}

interface Entry<Member, Note> {
  readonly list: LinkedList<Member, Note>
  readonly member: Member
  readonly note: Note
  previous: Entry<Member, Note> | undefined
  next: Entry<Member, Note> | undefined
}

/** One for all lists: properties of several names in the same place of the code are found more slowly. */
const key = Symbol('nworkers.entry')

/**
 * A list whose entries the objects hold themselves, for what is part of every request. A map, which finds its keys by hash
 * and makes its table anew after every few of them, took three times as long: 107 ns to 36. And its old tables, once the
 * garbage collector has put them among what lives long, keep alive the connections that were in them.
 */
export function createLinkedList<Member extends object, Note>(): LinkedList<Member, Note> {
  type Listed = Member & { [key]?: Entry<Member, Note> | undefined }
  let oldest: Entry<Member, Note> | undefined
  let newest: Entry<Member, Note> | undefined
  let size = 0

  const list: LinkedList<Member, Note> = {
    get size() {
      return size
    },
    has: (member: Listed) => member[key]?.list === list,
    members() {
      const all: Member[] = []
      for (let entry = oldest; entry !== undefined; entry = entry.next) all.push(entry.member)
      return all
    },
    add(member: Listed, note) {
      const entry: Entry<Member, Note> = { list, member, note, previous: newest, next: undefined }
      if (newest === undefined) oldest = entry
      else newest.next = entry
      newest = entry
      member[key] = entry
      size++
    },
    remove(member: Listed) {
      const entry = member[key]
      if (entry?.list !== list) return undefined
      member[key] = undefined
      const { previous, next } = entry
      if (previous === undefined) oldest = next
      else previous.next = next
      if (next === undefined) newest = previous
      else next.previous = previous
      // One that counts as living long would keep alive what came after it, and that what came after that.
      entry.previous = undefined
      entry.next = undefined
      size--
      return entry.note
    },
  }
  return list
}
