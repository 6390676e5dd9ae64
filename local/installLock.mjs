import * as fs from 'node:fs'
import { dirname } from 'node:path'

/** One installation at a time: the others wait for it, and then find it done. */
export function withInstallLock(lockFile, work) {
  fs.mkdirSync(dirname(lockFile), { recursive: true })
  for (let told = false; !takeLock(lockFile); told = true) {
    if (!told) {
      console.log(
        `Waiting for process ${holderOf(lockFile)} that installs the packages (if there is none, delete ${lockFile}).`,
      )
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  try {
    work()
  } finally {
    fs.rmSync(lockFile, { force: true })
  }
}

function takeLock(lockFile) {
  const mine = `${lockFile}.${process.pid}`
  fs.writeFileSync(mine, String(process.pid))
  try {
    // A link, not a file opened for writing: whoever sees the lock sees all of it.
    if (isLinked(mine, lockFile)) return true
    const holder = holderOf(lockFile)
    if (holder && !isAlive(holder)) removeDead(lockFile, holder)
    return false
  } finally {
    fs.rmSync(mine, { force: true })
  }
}

function removeDead(lockFile, holder) {
  const aside = `${lockFile}.dead.${process.pid}`
  try {
    fs.renameSync(lockFile, aside)
  } catch {
    return // Another was faster.
  }
  // Another took the lock between our look and our rename: give it back.
  if (holderOf(aside) !== holder) isLinked(aside, lockFile)
  fs.rmSync(aside, { force: true })
}

function isLinked(from, to) {
  try {
    fs.linkSync(from, to)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function holderOf(lockFile) {
  try {
    return Number(fs.readFileSync(lockFile, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}
