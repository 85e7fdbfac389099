"""The tables of the sandbox's SQLite file; see `store.py` for what each is for."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS merchants (terminal_id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
  payment_id TEXT PRIMARY KEY, terminal_id TEXT NOT NULL, track_id TEXT NOT NULL, tran_id TEXT NOT NULL,
  rrn TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (terminal_id, track_id));
CREATE TABLE IF NOT EXISTS things (
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, parent TEXT NOT NULL,
  document TEXT NOT NULL, UNIQUE (kind, name));
CREATE TABLE IF NOT EXISTS timers (
  number INTEGER PRIMARY KEY AUTOINCREMENT, due_at TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS movements (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, terminal_id TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scenarios (
  number INTEGER PRIMARY KEY AUTOINCREMENT, terminal_id TEXT, track_id TEXT, phase TEXT NOT NULL,
  times INTEGER NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT, payment_id TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL,
  body BLOB NOT NULL, headers TEXT NOT NULL DEFAULT '{}',
  due_at TEXT NOT NULL, claimed INTEGER NOT NULL DEFAULT 0, done_at TEXT,
  http_status INTEGER, acknowledged INTEGER NOT NULL DEFAULT 0, reply TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS transactions_tran_id ON transactions (tran_id);
CREATE INDEX IF NOT EXISTS transactions_rrn ON transactions (rrn);
CREATE INDEX IF NOT EXISTS things_parent ON things (kind, parent);
CREATE INDEX IF NOT EXISTS timers_due ON timers (due_at);
CREATE INDEX IF NOT EXISTS deliveries_payment ON deliveries (payment_id);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS movements_at ON movements (at);
"""
