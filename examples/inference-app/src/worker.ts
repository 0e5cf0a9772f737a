const slot = process.env.NWORKERS_WORKER_SLOT

/** Tells the client which process answered; the slot is null outside nworkers. */
export const worker = { pid: process.pid, slot: slot === undefined ? null : Number(slot) }
