"""The environments of the processes that the bot starts: by name, never all that it has itself."""

import os
from fnmatch import fnmatchcase

# What a Python needs to start and to find its libraries, and what settles how it writes text.
STARTING = (
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
)  # fmt: skip
# What the libraries of the model go by, and what fetches a model of the Hugging Face hub: the hub's
# token, the key of a search engine and the way through a proxy are for the process that builds,
# never for the one that reads.
BUILDING = (
    *STARTING, "XDG_CACHE_HOME", "HF_*", "HUGGINGFACE_*", "TRANSFORMERS_*",
    "SENTENCE_TRANSFORMERS_*", "TORCH_*", "OMP_*", "MKL_*", "OPENBLAS_*", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "QDRANT_API_KEY",
)  # fmt: skip


def environment(names: tuple[str, ...]) -> dict[str, str]:
    """Return the variables of this process with these names, in which * stands for any letters."""
    return {
        name: value
        for name, value in os.environ.items()
        if any(fnmatchcase(name, each) for each in names)
    }
