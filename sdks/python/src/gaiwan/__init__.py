"""Gaiwan's SDK for Python: connect to a platform that you trust, encrypt, register, approve, invoke, watch, decrypt.

`gaiwan.aio` has the same for asyncio.
"""

from .client import AuditEntry, Client, StorageUse, VerifiedPlatform, connect
from .data import DataInfo, DataItem, Deletion, Uploaded
from .description import Description
from .errors import FilesError, GaiwanError
from .files import Decrypted, Encrypted, FileKey, decrypt_file, encrypt_file
from .functions import Argument, FunctionCode, FunctionInfo, Slot
from .keys import Account, RegisteredKey
from .manifest import Manifest, file_commitment
from .pages import Page
from .secret import Secret
from .signer import KeySigner, Signer, file_signer, key_id_of, make_key_file
from .state import PlatformState, StateFolder, StateMemory, StatesInMemory
from .tasks import Approvable, Task, TaskReport, TaskResult, TaskState, TaskSummary, has_ended, status_name
from .trust import Auditors, Trust, simulation_trust, vendor_trust

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Approvable",
    "Argument",
    "AuditEntry",
    "Auditors",
    "Client",
    "DataInfo",
    "DataItem",
    "Decrypted",
    "Deletion",
    "Description",
    "Encrypted",
    "FileKey",
    "FilesError",
    "FunctionCode",
    "FunctionInfo",
    "GaiwanError",
    "KeySigner",
    "Manifest",
    "Page",
    "PlatformState",
    "RegisteredKey",
    "Secret",
    "Signer",
    "Slot",
    "StateFolder",
    "StateMemory",
    "StatesInMemory",
    "StorageUse",
    "Task",
    "TaskReport",
    "TaskResult",
    "TaskState",
    "TaskSummary",
    "Trust",
    "Uploaded",
    "VerifiedPlatform",
    "connect",
    "decrypt_file",
    "encrypt_file",
    "file_commitment",
    "file_signer",
    "has_ended",
    "key_id_of",
    "make_key_file",
    "simulation_trust",
    "status_name",
    "vendor_trust",
]
