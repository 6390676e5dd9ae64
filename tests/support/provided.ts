/** Which PostgreSQL a project runs on: that of the machine, or npm's. */
export type PostgresKind = 'installed' | 'embedded'

/** A server with the two templates, as test files reach it. No superuser's password is among it. */
export interface ProvidedPostgres {
  /** Such as "15.13". */
  version: string
  /** 127.0.0.1:port */
  address: string
  /** The password of every role: those of the migrations, and sluice_tests. */
  password: string
}

declare module 'vitest' {
  interface ProvidedContext {
    brokers: string[]
    /** The folder of the compiled command line. */
    compiled: string
    postgres: Record<PostgresKind, ProvidedPostgres | undefined>
    postgresKind: PostgresKind
  }
}
