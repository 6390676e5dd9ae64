// Stands between a process and the server that it started: parent -> watcher -> server.
//
// Our stdin is a pipe that only the parent holds open. However the parent ends (exit, SIGTERM, kill -9), the kernel
// closes the pipe, and we stop the server. We are in a session of our own, so that Ctrl-C reaches the parent alone.
//
// argv[2] is JSON: { command, args, env, cwd, uid?, gid?, stopSignal, killAfterMs }
// stdout: one line of JSON, { pid } or { error }. stderr: the server's log.
// Ends after the server, with its exit code.
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'

const { command, args, env, cwd, uid, gid, stopSignal, killAfterMs } = JSON.parse(process.argv[2])
const log = 2
let stopping = false

// Before the server starts, so that a parent that is gone already is noticed.
process.stdin.on('end', stop).on('error', stop).resume()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop)

const server = spawn(command, args, { env, cwd, uid, gid, stdio: ['ignore', log, log] })

server.on('error', (error) => {
  report({ error: error.message })
  process.exit(127)
})
server.on('spawn', () => report({ pid: server.pid }))
server.on('exit', (code, signal) => {
  if (signal && !stopping) writeSync(log, `The server was ended by ${signal}.\n`)
  process.exit(code ?? 1)
})

function stop() {
  if (stopping) return
  stopping = true
  server.kill(stopSignal)
  setTimeout(() => server.kill('SIGKILL'), killAfterMs)
}

function report(line) {
  try {
    writeSync(1, `${JSON.stringify(line)}\n`)
  } catch {
    // The parent has gone: nobody reads, and stdin tells us to stop.
  }
}
