import { UserError } from '../cli/userError.ts'
import { shownPath } from './shownPath.ts'

const mends: Record<string, string> = {
  // What Node says of mkdir on a disk that can only be read, too.
  ENOENT:
    'Check that its disk is there and can be written to, or choose another folder with --data FOLDER.',
  ENOTDIR: 'A part of its path is a file: choose another folder with --data FOLDER.',
  EEXIST: 'A part of its path is a file: choose another folder with --data FOLDER.',
  ENOSPC: 'The disk is full: make room on it and start again.',
  EDQUOT: 'Your quota on that disk is used up: make room and start again.',
  EROFS: 'That disk can only be read: choose a folder on another with --data FOLDER.',
  EACCES:
    'This user may not write there: change its owner, or choose another folder with --data FOLDER.',
  EPERM:
    'This user may not write there: change its owner, or choose another folder with --data FOLDER.',
}

/** Does the work; what the system refuses in the data folder becomes a UserError. */
export async function explainingSystemErrors<Result>(
  dataFolder: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { code = '', syscall, message } = error as NodeJS.ErrnoException
    const mend = mends[code]
    if (syscall === undefined || mend === undefined) throw error
    throw new UserError(
      `The data folder ${shownPath(dataFolder)} cannot be used: ${message}.\n${mend}`,
      {
        cause: error,
      },
    )
  }
}
