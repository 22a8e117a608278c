"""Generated from packages/protocol/proto."""
