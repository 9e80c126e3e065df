"""Recognising a failed allocation, whichever allocator raised the error."""

#: Of the errors that PyTorch raises as a plain RuntimeError: the CPU's allocator, oneDNN, CUDA and its libraries.
#: oneDNN (bfloat16 on a CPU) says only this, also for unsupported operations; those fail at every size and end there.
_MARKS = (
    "DefaultCPUAllocator",
    "could not create a memory",
    "could not create a primitive",
    "could not execute a primitive",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out: Python's, NumPy's, or PyTorch's on CPU or CUDA."""
    if isinstance(error, MemoryError):
        return True
    # by name: torch.OutOfMemoryError is CUDA's, and PyTorch need not be loaded for this
    named = any(ancestor.__name__ == "OutOfMemoryError" for ancestor in type(error).__mro__)
    return named or (isinstance(error, RuntimeError) and any(mark in str(error) for mark in _MARKS))
