"""Runs a Python function behind the executor protocol (docs/executor-protocol.md).

The same code serves Pyodide and a native interpreter: both speak the protocol over two file descriptors. It imports
nothing but the standard library, and runs in a process that is used once.
"""
