"""Evidence in, verdict out: quotes of SGX and TDX, and certificates with them. Held to the vectors of the TypeScript verifier."""

from .dcap import INTEL_ROOTS, DcapEndorsements, VerifiedQuote, verify_dcap
from .policy import Policy, PolicyError, appraise, check_policy, read_policy
from .ratls import Claims, VerifiedCertificate, verify_certificate
from .refusal import Refusal

__all__ = [
    "INTEL_ROOTS",
    "Claims",
    "DcapEndorsements",
    "Policy",
    "PolicyError",
    "Refusal",
    "VerifiedCertificate",
    "VerifiedQuote",
    "appraise",
    "check_policy",
    "read_policy",
    "verify_certificate",
    "verify_dcap",
]
