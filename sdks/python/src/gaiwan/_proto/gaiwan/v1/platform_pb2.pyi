from gaiwan._proto.teaclave import teaclave_common_pb2 as _teaclave_common_pb2
from gaiwan._proto.teaclave import teaclave_frontend_service_pb2 as _teaclave_frontend_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DataKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_KIND_UNSPECIFIED: _ClassVar[DataKind]
    DATA_KIND_INPUT: _ClassVar[DataKind]
    DATA_KIND_OUTPUT: _ClassVar[DataKind]

class MaterialKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATERIAL_KIND_UNSPECIFIED: _ClassVar[MaterialKind]
    MATERIAL_KIND_PROVENANCE: _ClassVar[MaterialKind]
    MATERIAL_KIND_SBOM: _ClassVar[MaterialKind]
    MATERIAL_KIND_SOURCE: _ClassVar[MaterialKind]

class CodeAccess(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODE_ACCESS_UNSPECIFIED: _ClassVar[CodeAccess]
    CODE_ACCESS_SHOWN: _ClassVar[CodeAccess]
    CODE_ACCESS_HIDDEN: _ClassVar[CodeAccess]
    CODE_ACCESS_FOR_PARTICIPANTS: _ClassVar[CodeAccess]
    CODE_ACCESS_SIGNATURE_MISSING: _ClassVar[CodeAccess]

class FunctionList(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FUNCTION_LIST_UNSPECIFIED: _ClassVar[FunctionList]
    FUNCTION_LIST_REGISTERED: _ClassVar[FunctionList]
    FUNCTION_LIST_ALLOWED: _ClassVar[FunctionList]
    FUNCTION_LIST_PUBLIC: _ClassVar[FunctionList]

class RepeatOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPEAT_OUTCOME_UNSPECIFIED: _ClassVar[RepeatOutcome]
    REPEAT_OUTCOME_SAME: _ClassVar[RepeatOutcome]
    REPEAT_OUTCOME_DIFFERENT: _ClassVar[RepeatOutcome]

class TaskRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_ROLE_UNSPECIFIED: _ClassVar[TaskRole]
    TASK_ROLE_CREATOR: _ClassVar[TaskRole]
    TASK_ROLE_PARTICIPANT: _ClassVar[TaskRole]
DATA_KIND_UNSPECIFIED: DataKind
DATA_KIND_INPUT: DataKind
DATA_KIND_OUTPUT: DataKind
MATERIAL_KIND_UNSPECIFIED: MaterialKind
MATERIAL_KIND_PROVENANCE: MaterialKind
MATERIAL_KIND_SBOM: MaterialKind
MATERIAL_KIND_SOURCE: MaterialKind
CODE_ACCESS_UNSPECIFIED: CodeAccess
CODE_ACCESS_SHOWN: CodeAccess
CODE_ACCESS_HIDDEN: CodeAccess
CODE_ACCESS_FOR_PARTICIPANTS: CodeAccess
CODE_ACCESS_SIGNATURE_MISSING: CodeAccess
FUNCTION_LIST_UNSPECIFIED: FunctionList
FUNCTION_LIST_REGISTERED: FunctionList
FUNCTION_LIST_ALLOWED: FunctionList
FUNCTION_LIST_PUBLIC: FunctionList
REPEAT_OUTCOME_UNSPECIFIED: RepeatOutcome
REPEAT_OUTCOME_SAME: RepeatOutcome
REPEAT_OUTCOME_DIFFERENT: RepeatOutcome
TASK_ROLE_UNSPECIFIED: TaskRole
TASK_ROLE_CREATOR: TaskRole
TASK_ROLE_PARTICIPANT: TaskRole

class ErrorInfo(_message.Message):
    __slots__ = ("code", "message", "policy_id", "subjects", "platform_time", "retry_after_ms", "details", "roles")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_TIME_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    policy_id: str
    subjects: _containers.RepeatedScalarFieldContainer[str]
    platform_time: int
    retry_after_ms: int
    details: _containers.RepeatedCompositeFieldContainer[ErrorDetail]
    roles: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., policy_id: _Optional[str] = ..., subjects: _Optional[_Iterable[str]] = ..., platform_time: _Optional[int] = ..., retry_after_ms: _Optional[int] = ..., details: _Optional[_Iterable[_Union[ErrorDetail, _Mapping]]] = ..., roles: _Optional[_Iterable[str]] = ...) -> None: ...

class ErrorDetail(_message.Message):
    __slots__ = ("reason", "subject", "remedy")
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    reason: str
    subject: str
    remedy: str
    def __init__(self, reason: _Optional[str] = ..., subject: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class CreateUploadRequest(_message.Message):
    __slots__ = ("name", "size")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    name: str
    size: int
    def __init__(self, name: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class CreateUploadResponse(_message.Message):
    __slots__ = ("url", "path", "capability")
    URL_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    CAPABILITY_FIELD_NUMBER: _ClassVar[int]
    url: str
    path: str
    capability: str
    def __init__(self, url: _Optional[str] = ..., path: _Optional[str] = ..., capability: _Optional[str] = ...) -> None: ...

class ResumeUploadRequest(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class ResumeUploadResponse(_message.Message):
    __slots__ = ("path", "capability", "received", "complete")
    PATH_FIELD_NUMBER: _ClassVar[int]
    CAPABILITY_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    path: str
    capability: str
    received: int
    complete: bool
    def __init__(self, path: _Optional[str] = ..., capability: _Optional[str] = ..., received: _Optional[int] = ..., complete: _Optional[bool] = ...) -> None: ...

class DiscardUploadRequest(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class DiscardUploadResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateOutputRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CreateOutputResponse(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class CreateDownloadRequest(_message.Message):
    __slots__ = ("data_id",)
    DATA_ID_FIELD_NUMBER: _ClassVar[int]
    data_id: str
    def __init__(self, data_id: _Optional[str] = ...) -> None: ...

class CreateDownloadResponse(_message.Message):
    __slots__ = ("path", "capability", "size", "cmac", "name", "schema")
    PATH_FIELD_NUMBER: _ClassVar[int]
    CAPABILITY_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    CMAC_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    path: str
    capability: str
    size: int
    cmac: bytes
    name: str
    schema: str
    def __init__(self, path: _Optional[str] = ..., capability: _Optional[str] = ..., size: _Optional[int] = ..., cmac: _Optional[bytes] = ..., name: _Optional[str] = ..., schema: _Optional[str] = ...) -> None: ...

class ListDataRequest(_message.Message):
    __slots__ = ("page_token", "page_size", "kind", "name_prefix", "written")
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    page_size: int
    kind: DataKind
    name_prefix: str
    written: bool
    def __init__(self, page_token: _Optional[str] = ..., page_size: _Optional[int] = ..., kind: _Optional[_Union[DataKind, str]] = ..., name_prefix: _Optional[str] = ..., written: _Optional[bool] = ...) -> None: ...

class DataItem(_message.Message):
    __slots__ = ("data_id", "owners", "name", "schema", "cmac")
    DATA_ID_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    CMAC_FIELD_NUMBER: _ClassVar[int]
    data_id: str
    owners: _containers.RepeatedScalarFieldContainer[str]
    name: str
    schema: str
    cmac: bytes
    def __init__(self, data_id: _Optional[str] = ..., owners: _Optional[_Iterable[str]] = ..., name: _Optional[str] = ..., schema: _Optional[str] = ..., cmac: _Optional[bytes] = ...) -> None: ...

class ListDataResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[DataItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[DataItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteDataRequest(_message.Message):
    __slots__ = ("data_id",)
    DATA_ID_FIELD_NUMBER: _ClassVar[int]
    data_id: str
    def __init__(self, data_id: _Optional[str] = ...) -> None: ...

class DeleteDataResponse(_message.Message):
    __slots__ = ("deleted", "waiting_for", "digest")
    DELETED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    deleted: bool
    waiting_for: _containers.RepeatedScalarFieldContainer[str]
    digest: bytes
    def __init__(self, deleted: _Optional[bool] = ..., waiting_for: _Optional[_Iterable[str]] = ..., digest: _Optional[bytes] = ...) -> None: ...

class GetEvidenceRequest(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class GetEvidenceResponse(_message.Message):
    __slots__ = ("certificate",)
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    certificate: bytes
    def __init__(self, certificate: _Optional[bytes] = ...) -> None: ...

class GetConnectionEvidenceRequest(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class GetConnectionEvidenceResponse(_message.Message):
    __slots__ = ("certificate", "instance_id", "signature")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    certificate: bytes
    instance_id: bytes
    signature: bytes
    def __init__(self, certificate: _Optional[bytes] = ..., instance_id: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class GetStateRequest(_message.Message):
    __slots__ = ("nonce", "seen")
    NONCE_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    seen: SeenState
    def __init__(self, nonce: _Optional[bytes] = ..., seen: _Optional[_Union[SeenState, _Mapping]] = ...) -> None: ...

class SeenState(_message.Message):
    __slots__ = ("epoch", "commits", "run")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    commits: int
    run: bytes
    def __init__(self, epoch: _Optional[int] = ..., commits: _Optional[int] = ..., run: _Optional[bytes] = ...) -> None: ...

class GetStateResponse(_message.Message):
    __slots__ = ("public_key", "epoch", "commits", "digest", "run", "follows", "time", "signature")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    FOLLOWS_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    epoch: int
    commits: int
    digest: bytes
    run: bytes
    follows: bool
    time: int
    signature: bytes
    def __init__(self, public_key: _Optional[bytes] = ..., epoch: _Optional[int] = ..., commits: _Optional[int] = ..., digest: _Optional[bytes] = ..., run: _Optional[bytes] = ..., follows: _Optional[bool] = ..., time: _Optional[int] = ..., signature: _Optional[bytes] = ...) -> None: ...

class ProposeAgreementRequest(_message.Message):
    __slots__ = ("task_id", "callers", "any_arguments", "any_data", "uses", "until")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    ANY_ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    ANY_DATA_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    callers: _containers.RepeatedScalarFieldContainer[str]
    any_arguments: _containers.RepeatedScalarFieldContainer[str]
    any_data: _containers.RepeatedScalarFieldContainer[str]
    uses: int
    until: int
    def __init__(self, task_id: _Optional[str] = ..., callers: _Optional[_Iterable[str]] = ..., any_arguments: _Optional[_Iterable[str]] = ..., any_data: _Optional[_Iterable[str]] = ..., uses: _Optional[int] = ..., until: _Optional[int] = ..., **kwargs) -> None: ...

class ProposeAgreementResponse(_message.Message):
    __slots__ = ("agreement_id",)
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    agreement_id: str
    def __init__(self, agreement_id: _Optional[str] = ...) -> None: ...

class GetAgreementRequest(_message.Message):
    __slots__ = ("agreement_id",)
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    agreement_id: str
    def __init__(self, agreement_id: _Optional[str] = ...) -> None: ...

class GetAgreementResponse(_message.Message):
    __slots__ = ("agreement", "digest", "approved_users", "missing_users", "used", "revoked_by", "revoked_at")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    APPROVED_USERS_FIELD_NUMBER: _ClassVar[int]
    MISSING_USERS_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    REVOKED_BY_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    agreement: bytes
    digest: bytes
    approved_users: _containers.RepeatedScalarFieldContainer[str]
    missing_users: _containers.RepeatedScalarFieldContainer[str]
    used: int
    revoked_by: str
    revoked_at: int
    def __init__(self, agreement: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., approved_users: _Optional[_Iterable[str]] = ..., missing_users: _Optional[_Iterable[str]] = ..., used: _Optional[int] = ..., revoked_by: _Optional[str] = ..., revoked_at: _Optional[int] = ...) -> None: ...

class ListAgreementsRequest(_message.Message):
    __slots__ = ("page_token", "page_size")
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    page_size: int
    def __init__(self, page_token: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class AgreementSummary(_message.Message):
    __slots__ = ("agreement_id", "function_name", "missing_users", "uses", "used", "until", "revoked")
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_NAME_FIELD_NUMBER: _ClassVar[int]
    MISSING_USERS_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    agreement_id: str
    function_name: str
    missing_users: _containers.RepeatedScalarFieldContainer[str]
    uses: int
    used: int
    until: int
    revoked: bool
    def __init__(self, agreement_id: _Optional[str] = ..., function_name: _Optional[str] = ..., missing_users: _Optional[_Iterable[str]] = ..., uses: _Optional[int] = ..., used: _Optional[int] = ..., until: _Optional[int] = ..., revoked: _Optional[bool] = ...) -> None: ...

class ListAgreementsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AgreementSummary]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[AgreementSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApproveAgreementRequest(_message.Message):
    __slots__ = ("agreement_id", "digest")
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    agreement_id: str
    digest: bytes
    def __init__(self, agreement_id: _Optional[str] = ..., digest: _Optional[bytes] = ...) -> None: ...

class ApproveAgreementResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RevokeAgreementRequest(_message.Message):
    __slots__ = ("agreement_id",)
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    agreement_id: str
    def __init__(self, agreement_id: _Optional[str] = ...) -> None: ...

class RevokeAgreementResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApplyAgreementRequest(_message.Message):
    __slots__ = ("task_id", "agreement_id")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    agreement_id: str
    def __init__(self, task_id: _Optional[str] = ..., agreement_id: _Optional[str] = ...) -> None: ...

class ApplyAgreementResponse(_message.Message):
    __slots__ = ("digest",)
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: bytes
    def __init__(self, digest: _Optional[bytes] = ...) -> None: ...

class AttachFunctionMaterialRequest(_message.Message):
    __slots__ = ("function_id", "version", "kind", "content")
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    function_id: str
    version: bytes
    kind: MaterialKind
    content: bytes
    def __init__(self, function_id: _Optional[str] = ..., version: _Optional[bytes] = ..., kind: _Optional[_Union[MaterialKind, str]] = ..., content: _Optional[bytes] = ...) -> None: ...

class AttachFunctionMaterialResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetFunctionMaterialRequest(_message.Message):
    __slots__ = ("function_id", "version", "kind")
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    function_id: str
    version: bytes
    kind: MaterialKind
    def __init__(self, function_id: _Optional[str] = ..., version: _Optional[bytes] = ..., kind: _Optional[_Union[MaterialKind, str]] = ...) -> None: ...

class AttachedMaterial(_message.Message):
    __slots__ = ("kind", "sha256", "bytes")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    kind: MaterialKind
    sha256: bytes
    bytes: int
    def __init__(self, kind: _Optional[_Union[MaterialKind, str]] = ..., sha256: _Optional[bytes] = ..., bytes: _Optional[int] = ...) -> None: ...

class FunctionMaterial(_message.Message):
    __slots__ = ("content", "attached")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    attached: _containers.RepeatedCompositeFieldContainer[AttachedMaterial]
    def __init__(self, content: _Optional[bytes] = ..., attached: _Optional[_Iterable[_Union[AttachedMaterial, _Mapping]]] = ...) -> None: ...

class GetFunctionCodeRequest(_message.Message):
    __slots__ = ("function_id",)
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    function_id: str
    def __init__(self, function_id: _Optional[str] = ...) -> None: ...

class ListFunctionVersionsRequest(_message.Message):
    __slots__ = ("function_id",)
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    function_id: str
    def __init__(self, function_id: _Optional[str] = ...) -> None: ...

class FunctionVersion(_message.Message):
    __slots__ = ("version", "since", "code_hidden")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    CODE_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    version: bytes
    since: int
    code_hidden: bool
    def __init__(self, version: _Optional[bytes] = ..., since: _Optional[int] = ..., code_hidden: _Optional[bool] = ...) -> None: ...

class ListFunctionVersionsResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[FunctionVersion]
    def __init__(self, versions: _Optional[_Iterable[_Union[FunctionVersion, _Mapping]]] = ...) -> None: ...

class FunctionCode(_message.Message):
    __slots__ = ("definition", "payload", "access")
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    definition: bytes
    payload: bytes
    access: CodeAccess
    def __init__(self, definition: _Optional[bytes] = ..., payload: _Optional[bytes] = ..., access: _Optional[_Union[CodeAccess, str]] = ...) -> None: ...

class ListFunctionIdsRequest(_message.Message):
    __slots__ = ("user_id", "list", "page_token", "page_size")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    list: FunctionList
    page_token: str
    page_size: int
    def __init__(self, user_id: _Optional[str] = ..., list: _Optional[_Union[FunctionList, str]] = ..., page_token: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListFunctionIdsResponse(_message.Message):
    __slots__ = ("function_ids", "next_page_token")
    FUNCTION_IDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    function_ids: _containers.RepeatedScalarFieldContainer[str]
    next_page_token: str
    def __init__(self, function_ids: _Optional[_Iterable[str]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FindFunctionsRequest(_message.Message):
    __slots__ = ("list", "name", "name_prefix", "words", "owner", "page_token", "page_size")
    LIST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    list: FunctionList
    name: str
    name_prefix: str
    words: str
    owner: str
    page_token: str
    page_size: int
    def __init__(self, list: _Optional[_Union[FunctionList, str]] = ..., name: _Optional[str] = ..., name_prefix: _Optional[str] = ..., words: _Optional[str] = ..., owner: _Optional[str] = ..., page_token: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class FunctionItem(_message.Message):
    __slots__ = ("function_id", "name", "owner", "version", "description", "public", "executor_type", "disabled", "since")
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_FIELD_NUMBER: _ClassVar[int]
    EXECUTOR_TYPE_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    function_id: str
    name: str
    owner: str
    version: bytes
    description: str
    public: bool
    executor_type: str
    disabled: bool
    since: int
    def __init__(self, function_id: _Optional[str] = ..., name: _Optional[str] = ..., owner: _Optional[str] = ..., version: _Optional[bytes] = ..., description: _Optional[str] = ..., public: _Optional[bool] = ..., executor_type: _Optional[str] = ..., disabled: _Optional[bool] = ..., since: _Optional[int] = ...) -> None: ...

class FindFunctionsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[FunctionItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[FunctionItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetStorageUseRequest(_message.Message):
    __slots__ = ("user_id", "group")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    group: str
    def __init__(self, user_id: _Optional[str] = ..., group: _Optional[str] = ...) -> None: ...

class GetStorageUseResponse(_message.Message):
    __slots__ = ("bytes", "items", "quota_bytes", "quota_items", "unfinished_uploads", "retention")
    BYTES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    QUOTA_BYTES_FIELD_NUMBER: _ClassVar[int]
    QUOTA_ITEMS_FIELD_NUMBER: _ClassVar[int]
    UNFINISHED_UPLOADS_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    items: int
    quota_bytes: int
    quota_items: int
    unfinished_uploads: int
    retention: RetentionPeriods
    def __init__(self, bytes: _Optional[int] = ..., items: _Optional[int] = ..., quota_bytes: _Optional[int] = ..., quota_items: _Optional[int] = ..., unfinished_uploads: _Optional[int] = ..., retention: _Optional[_Union[RetentionPeriods, _Mapping]] = ...) -> None: ...

class RetentionPeriods(_message.Message):
    __slots__ = ("tasks_ms", "results_ms", "files_ms", "audit_ms", "usage_ms")
    TASKS_MS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_MS_FIELD_NUMBER: _ClassVar[int]
    FILES_MS_FIELD_NUMBER: _ClassVar[int]
    AUDIT_MS_FIELD_NUMBER: _ClassVar[int]
    USAGE_MS_FIELD_NUMBER: _ClassVar[int]
    tasks_ms: int
    results_ms: int
    files_ms: int
    audit_ms: int
    usage_ms: int
    def __init__(self, tasks_ms: _Optional[int] = ..., results_ms: _Optional[int] = ..., files_ms: _Optional[int] = ..., audit_ms: _Optional[int] = ..., usage_ms: _Optional[int] = ...) -> None: ...

class SetStorageQuotaRequest(_message.Message):
    __slots__ = ("user_id", "group", "bytes", "items")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    group: str
    bytes: int
    items: int
    def __init__(self, user_id: _Optional[str] = ..., group: _Optional[str] = ..., bytes: _Optional[int] = ..., items: _Optional[int] = ...) -> None: ...

class SetStorageQuotaResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EnableFunctionRequest(_message.Message):
    __slots__ = ("function_id",)
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    function_id: str
    def __init__(self, function_id: _Optional[str] = ...) -> None: ...

class EnableFunctionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetManifestRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class GetManifestResponse(_message.Message):
    __slots__ = ("manifest", "digest", "approved_users", "missing_users", "status", "gone_users", "void_users")
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    APPROVED_USERS_FIELD_NUMBER: _ClassVar[int]
    MISSING_USERS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    GONE_USERS_FIELD_NUMBER: _ClassVar[int]
    VOID_USERS_FIELD_NUMBER: _ClassVar[int]
    manifest: bytes
    digest: bytes
    approved_users: _containers.RepeatedScalarFieldContainer[str]
    missing_users: _containers.RepeatedScalarFieldContainer[str]
    status: _teaclave_common_pb2.TaskStatus
    gone_users: _containers.RepeatedScalarFieldContainer[str]
    void_users: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, manifest: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., approved_users: _Optional[_Iterable[str]] = ..., missing_users: _Optional[_Iterable[str]] = ..., status: _Optional[_Union[_teaclave_common_pb2.TaskStatus, str]] = ..., gone_users: _Optional[_Iterable[str]] = ..., void_users: _Optional[_Iterable[str]] = ...) -> None: ...

class GetTaskCodeRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class GetTaskMaterialRequest(_message.Message):
    __slots__ = ("task_id", "kind")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    kind: MaterialKind
    def __init__(self, task_id: _Optional[str] = ..., kind: _Optional[_Union[MaterialKind, str]] = ...) -> None: ...

class ApproveManifestRequest(_message.Message):
    __slots__ = ("task_id", "digest", "require_keys")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_KEYS_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    digest: bytes
    require_keys: bool
    def __init__(self, task_id: _Optional[str] = ..., digest: _Optional[bytes] = ..., require_keys: _Optional[bool] = ...) -> None: ...

class ApproveManifestResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReplaceDataRequest(_message.Message):
    __slots__ = ("task_id", "inputs", "outputs")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    inputs: _containers.RepeatedCompositeFieldContainer[_teaclave_frontend_service_pb2.DataMap]
    outputs: _containers.RepeatedCompositeFieldContainer[_teaclave_frontend_service_pb2.DataMap]
    def __init__(self, task_id: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[_teaclave_frontend_service_pb2.DataMap, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[_teaclave_frontend_service_pb2.DataMap, _Mapping]]] = ...) -> None: ...

class ReplaceDataResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TaskLimits(_message.Message):
    __slots__ = ("time_ms", "cpu_ms", "memory_mib", "output_bytes", "log_bytes", "files", "staged_bytes", "transfer_ms")
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    CPU_MS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_MIB_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    STAGED_BYTES_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_MS_FIELD_NUMBER: _ClassVar[int]
    time_ms: int
    cpu_ms: int
    memory_mib: int
    output_bytes: int
    log_bytes: int
    files: int
    staged_bytes: int
    transfer_ms: int
    def __init__(self, time_ms: _Optional[int] = ..., cpu_ms: _Optional[int] = ..., memory_mib: _Optional[int] = ..., output_bytes: _Optional[int] = ..., log_bytes: _Optional[int] = ..., files: _Optional[int] = ..., staged_bytes: _Optional[int] = ..., transfer_ms: _Optional[int] = ...) -> None: ...

class LogReaders(_message.Message):
    __slots__ = ("readers",)
    READERS_FIELD_NUMBER: _ClassVar[int]
    readers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, readers: _Optional[_Iterable[str]] = ...) -> None: ...

class SetTaskOptionsRequest(_message.Message):
    __slots__ = ("task_id", "limits", "logs", "repeat", "priority")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LOGS_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    limits: TaskLimits
    logs: LogReaders
    repeat: bool
    priority: int
    def __init__(self, task_id: _Optional[str] = ..., limits: _Optional[_Union[TaskLimits, _Mapping]] = ..., logs: _Optional[_Union[LogReaders, _Mapping]] = ..., repeat: _Optional[bool] = ..., priority: _Optional[int] = ...) -> None: ...

class SetTaskOptionsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetTaskReportRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class TaskRun(_message.Message):
    __slots__ = ("worker", "runner", "layers")
    WORKER_FIELD_NUMBER: _ClassVar[int]
    RUNNER_FIELD_NUMBER: _ClassVar[int]
    LAYERS_FIELD_NUMBER: _ClassVar[int]
    worker: str
    runner: str
    layers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, worker: _Optional[str] = ..., runner: _Optional[str] = ..., layers: _Optional[_Iterable[str]] = ...) -> None: ...

class InputFault(_message.Message):
    __slots__ = ("slot", "data_id", "owners", "code", "reason", "left_out")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    DATA_ID_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    slot: str
    data_id: str
    owners: _containers.RepeatedScalarFieldContainer[str]
    code: str
    reason: str
    left_out: bool
    def __init__(self, slot: _Optional[str] = ..., data_id: _Optional[str] = ..., owners: _Optional[_Iterable[str]] = ..., code: _Optional[str] = ..., reason: _Optional[str] = ..., left_out: _Optional[bool] = ...) -> None: ...

class ResultDeleted(_message.Message):
    __slots__ = ("digest", "at", "salt")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    digest: bytes
    at: int
    salt: bytes
    def __init__(self, digest: _Optional[bytes] = ..., at: _Optional[int] = ..., salt: _Optional[bytes] = ...) -> None: ...

class GetTaskReportResponse(_message.Message):
    __slots__ = ("status", "executor_type", "executor", "runs", "repeat", "different", "log", "input_faults", "result_deleted")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EXECUTOR_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXECUTOR_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    INPUT_FAULTS_FIELD_NUMBER: _ClassVar[int]
    RESULT_DELETED_FIELD_NUMBER: _ClassVar[int]
    status: _teaclave_common_pb2.TaskStatus
    executor_type: str
    executor: str
    runs: _containers.RepeatedCompositeFieldContainer[TaskRun]
    repeat: RepeatOutcome
    different: _containers.RepeatedScalarFieldContainer[str]
    log: _containers.RepeatedScalarFieldContainer[str]
    input_faults: _containers.RepeatedCompositeFieldContainer[InputFault]
    result_deleted: ResultDeleted
    def __init__(self, status: _Optional[_Union[_teaclave_common_pb2.TaskStatus, str]] = ..., executor_type: _Optional[str] = ..., executor: _Optional[str] = ..., runs: _Optional[_Iterable[_Union[TaskRun, _Mapping]]] = ..., repeat: _Optional[_Union[RepeatOutcome, str]] = ..., different: _Optional[_Iterable[str]] = ..., log: _Optional[_Iterable[str]] = ..., input_faults: _Optional[_Iterable[_Union[InputFault, _Mapping]]] = ..., result_deleted: _Optional[_Union[ResultDeleted, _Mapping]] = ...) -> None: ...

class WatchTaskRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class WatchTaskResponse(_message.Message):
    __slots__ = ("status", "result", "attempt", "approved_users", "gone_users", "void_users", "result_deleted")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    APPROVED_USERS_FIELD_NUMBER: _ClassVar[int]
    GONE_USERS_FIELD_NUMBER: _ClassVar[int]
    VOID_USERS_FIELD_NUMBER: _ClassVar[int]
    RESULT_DELETED_FIELD_NUMBER: _ClassVar[int]
    status: _teaclave_common_pb2.TaskStatus
    result: _teaclave_common_pb2.TaskResult
    attempt: int
    approved_users: _containers.RepeatedScalarFieldContainer[str]
    gone_users: _containers.RepeatedScalarFieldContainer[str]
    void_users: _containers.RepeatedScalarFieldContainer[str]
    result_deleted: ResultDeleted
    def __init__(self, status: _Optional[_Union[_teaclave_common_pb2.TaskStatus, str]] = ..., result: _Optional[_Union[_teaclave_common_pb2.TaskResult, _Mapping]] = ..., attempt: _Optional[int] = ..., approved_users: _Optional[_Iterable[str]] = ..., gone_users: _Optional[_Iterable[str]] = ..., void_users: _Optional[_Iterable[str]] = ..., result_deleted: _Optional[_Union[ResultDeleted, _Mapping]] = ...) -> None: ...

class ListTasksRequest(_message.Message):
    __slots__ = ("page_token", "page_size", "statuses", "role", "function_id", "function_name_prefix")
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    page_size: int
    statuses: _containers.RepeatedScalarFieldContainer[_teaclave_common_pb2.TaskStatus]
    role: TaskRole
    function_id: str
    function_name_prefix: str
    def __init__(self, page_token: _Optional[str] = ..., page_size: _Optional[int] = ..., statuses: _Optional[_Iterable[_Union[_teaclave_common_pb2.TaskStatus, str]]] = ..., role: _Optional[_Union[TaskRole, str]] = ..., function_id: _Optional[str] = ..., function_name_prefix: _Optional[str] = ...) -> None: ...

class TaskItem(_message.Message):
    __slots__ = ("task_id", "creator", "function_name", "status", "function_id")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    creator: str
    function_name: str
    status: _teaclave_common_pb2.TaskStatus
    function_id: str
    def __init__(self, task_id: _Optional[str] = ..., creator: _Optional[str] = ..., function_name: _Optional[str] = ..., status: _Optional[_Union[_teaclave_common_pb2.TaskStatus, str]] = ..., function_id: _Optional[str] = ...) -> None: ...

class ListTasksResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[TaskItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[TaskItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExplainTaskRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class TaskObstacle(_message.Message):
    __slots__ = ("reason", "subject", "who", "remedy")
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    reason: str
    subject: str
    who: _containers.RepeatedScalarFieldContainer[str]
    remedy: str
    def __init__(self, reason: _Optional[str] = ..., subject: _Optional[str] = ..., who: _Optional[_Iterable[str]] = ..., remedy: _Optional[str] = ...) -> None: ...

class ExplainTaskResponse(_message.Message):
    __slots__ = ("status", "obstacles", "ended_because", "declined_by", "declined_because", "further_obstacles")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OBSTACLES_FIELD_NUMBER: _ClassVar[int]
    ENDED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    DECLINED_BY_FIELD_NUMBER: _ClassVar[int]
    DECLINED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    FURTHER_OBSTACLES_FIELD_NUMBER: _ClassVar[int]
    status: _teaclave_common_pb2.TaskStatus
    obstacles: _containers.RepeatedCompositeFieldContainer[TaskObstacle]
    ended_because: str
    declined_by: str
    declined_because: str
    further_obstacles: int
    def __init__(self, status: _Optional[_Union[_teaclave_common_pb2.TaskStatus, str]] = ..., obstacles: _Optional[_Iterable[_Union[TaskObstacle, _Mapping]]] = ..., ended_because: _Optional[str] = ..., declined_by: _Optional[str] = ..., declined_because: _Optional[str] = ..., further_obstacles: _Optional[int] = ...) -> None: ...

class DeclineTaskRequest(_message.Message):
    __slots__ = ("task_id", "reason")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    reason: str
    def __init__(self, task_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeclineTaskResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DeleteTaskRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class DeleteTaskResponse(_message.Message):
    __slots__ = ("deleted", "waiting_for", "digest")
    DELETED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    deleted: bool
    waiting_for: _containers.RepeatedScalarFieldContainer[str]
    digest: bytes
    def __init__(self, deleted: _Optional[bool] = ..., waiting_for: _Optional[_Iterable[str]] = ..., digest: _Optional[bytes] = ...) -> None: ...

class ListUserIdsRequest(_message.Message):
    __slots__ = ("group", "page_token", "page_size")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    group: str
    page_token: str
    page_size: int
    def __init__(self, group: _Optional[str] = ..., page_token: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListUserIdsResponse(_message.Message):
    __slots__ = ("user_ids", "next_page_token")
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    next_page_token: str
    def __init__(self, user_ids: _Optional[_Iterable[str]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FindUsersRequest(_message.Message):
    __slots__ = ("group", "role", "name_prefix", "page_token", "page_size")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    group: str
    role: str
    name_prefix: str
    page_token: str
    page_size: int
    def __init__(self, group: _Optional[str] = ..., role: _Optional[str] = ..., name_prefix: _Optional[str] = ..., page_token: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class UserItem(_message.Message):
    __slots__ = ("user_id", "role", "group", "created", "has_key")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    HAS_KEY_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    role: str
    group: str
    created: int
    has_key: bool
    def __init__(self, user_id: _Optional[str] = ..., role: _Optional[str] = ..., group: _Optional[str] = ..., created: _Optional[int] = ..., has_key: _Optional[bool] = ...) -> None: ...

class FindUsersResponse(_message.Message):
    __slots__ = ("users", "next_page_token")
    USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[UserItem]
    next_page_token: str
    def __init__(self, users: _Optional[_Iterable[_Union[UserItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAccountRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AccountKey(_message.Message):
    __slots__ = ("id", "public_key", "since")
    ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    public_key: bytes
    since: int
    def __init__(self, id: _Optional[str] = ..., public_key: _Optional[bytes] = ..., since: _Optional[int] = ...) -> None: ...

class GetAccountResponse(_message.Message):
    __slots__ = ("subject", "instance", "key", "former_keys", "require_keys", "platform_time")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FORMER_KEYS_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_KEYS_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_TIME_FIELD_NUMBER: _ClassVar[int]
    subject: str
    instance: str
    key: AccountKey
    former_keys: _containers.RepeatedCompositeFieldContainer[AccountKey]
    require_keys: bool
    platform_time: int
    def __init__(self, subject: _Optional[str] = ..., instance: _Optional[str] = ..., key: _Optional[_Union[AccountKey, _Mapping]] = ..., former_keys: _Optional[_Iterable[_Union[AccountKey, _Mapping]]] = ..., require_keys: _Optional[bool] = ..., platform_time: _Optional[int] = ...) -> None: ...

class RegisterKeyRequest(_message.Message):
    __slots__ = ("public_key", "proof")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    proof: str
    def __init__(self, public_key: _Optional[bytes] = ..., proof: _Optional[str] = ...) -> None: ...

class RegisterKeyResponse(_message.Message):
    __slots__ = ("recovery_code",)
    RECOVERY_CODE_FIELD_NUMBER: _ClassVar[int]
    recovery_code: str
    def __init__(self, recovery_code: _Optional[str] = ...) -> None: ...

class RotateKeyRequest(_message.Message):
    __slots__ = ("public_key", "proof")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    proof: str
    def __init__(self, public_key: _Optional[bytes] = ..., proof: _Optional[str] = ...) -> None: ...

class RotateKeyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RecoverKeyRequest(_message.Message):
    __slots__ = ("public_key", "proof", "recovery_code")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_CODE_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    proof: str
    recovery_code: str
    def __init__(self, public_key: _Optional[bytes] = ..., proof: _Optional[str] = ..., recovery_code: _Optional[str] = ...) -> None: ...

class RecoverKeyResponse(_message.Message):
    __slots__ = ("recovery_code",)
    RECOVERY_CODE_FIELD_NUMBER: _ClassVar[int]
    recovery_code: str
    def __init__(self, recovery_code: _Optional[str] = ...) -> None: ...

class SetAccountPreferencesRequest(_message.Message):
    __slots__ = ("require_keys",)
    REQUIRE_KEYS_FIELD_NUMBER: _ClassVar[int]
    require_keys: bool
    def __init__(self, require_keys: _Optional[bool] = ...) -> None: ...

class SetAccountPreferencesResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
