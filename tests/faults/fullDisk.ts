import { mkdirSync, statfsSync } from 'node:fs'
import { run } from '../../local/run.ts'
import { atEnd } from '../support/cleanUp.ts'
import { until } from '../support/until.ts'
import type { PostgresNode } from './postgresNode.ts'

/** What PostgreSQL writes to, which can be full. */
export interface Disk {
  fill(this: void): Promise<void>
  makeRoom(this: void): Promise<void>
}

const room = 4 * 1024 ** 3

/** A small file system in memory, on a new folder; undefined where that is not permitted: as a rule only root may. */
export async function mountDisk(folder: string): Promise<Disk | undefined> {
  mkdirSync(folder, { mode: 0o755 })
  const options = `size=${room},mode=755`
  const { code } = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (code !== 0) return undefined
  atEnd(() => run('umount', ['--lazy', folder]))
  const resize = async (bytes: number) => {
    const { code } = await run('mount', ['-o', `remount,size=${bytes}`, folder])
    return code === 0
  }
  return {
    async fill() {
      await until('it is no larger than what is on it', () => {
        // more may be on it when this is tried
        const { bsize, blocks, bfree } = statfsSync(folder)
        return resize(bsize * (blocks - bfree))
      })
    },
    async makeRoom() {
      if (!(await resize(room))) throw new Error(`${folder} can't be given more room.`)
    },
  }
}

/** Where none can be mounted: triggers of these tables give the same error at the same place. */
export function triggersAsDisk(postgres: () => PostgresNode, tables: string[]): Disk {
  const triggers = tables.map(
    (table) => `create trigger full_disk before insert on bronze.${table}
      for each statement execute function ops.full_disk();`,
  )
  return {
    async fill() {
      await postgres().ask(`
        create function ops.full_disk() returns trigger language plpgsql as $$
        begin
          raise exception 'could not extend file' using errcode = '53100';
        end $$;
        ${triggers.join('')}`)
    },
    async makeRoom() {
      await postgres().ask('drop function ops.full_disk() cascade')
    },
  }
}
