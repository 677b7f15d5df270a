"""Start jsii's kernel beside Python's imports instead of before them.

`import cdktf` starts Node, waits for it, and waits again for each package that Node loads; then
Python makes thousands of classes, while Node is idle. Nothing of that needs Node's answer, so the
loads run in a thread of their own, and the first call to the kernel that is not a load waits for
them. The machine's second core does then what the first would have waited for.
"""

import sys
from concurrent.futures import Future, ThreadPoolExecutor

import jsii
from jsii._kernel.providers import ProcessProvider
from jsii._kernel.types import LoadRequest, LoadResponse


class DeferringProvider(ProcessProvider):
    """jsii's connection to Node, which lets loads of packages run in the background, in order."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jsii-load")
        self._loads: list[Future[LoadResponse]] = []

    def load(self, request: LoadRequest) -> LoadResponse:
        """Begin to load a package.

        jsii's runtime does not look at the answer (`Kernel.load` in jsii's `_kernel`), so what is
        returned is a placeholder. A load that fails raises at the first use of the kernel.
        """
        self._loads.append(self._worker.submit(self._load_now, request))
        return LoadResponse(assembly=request.name, types=0)

    def _load_now(self, request: LoadRequest) -> LoadResponse:
        """Load a package; starts Node when it is the first."""
        response: LoadResponse = super()._process.send(request, LoadResponse)
        return response

    @property
    def _process(self) -> object:
        """Node's process, with every package loaded that was asked for."""
        while self._loads:
            self._loads.pop(0).result()
        return super()._process


def load_in_background() -> None:
    """Make jsii load packages in the background; without effect once it has loaded any."""
    kernel = jsii.kernel
    # Every jsii package needs constructs' assembly, so that it is the first to be loaded.
    if type(kernel.provider) is ProcessProvider and "constructs._jsii" not in sys.modules:
        kernel.provider = DeferringProvider()
