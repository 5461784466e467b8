"""Our MMTG against numbers computed by the published code."""
