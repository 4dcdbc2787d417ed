from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.demo_process import DemoProcess, demo_process
from tests.wire.house import House
from tests.wire.session import Era


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A state folder whose servers run the demo company inside themselves."""
    return House(tmp_path)


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with demo_process(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def demo(demo_server: DemoProcess) -> DemoProcess:
    """The demo company on a socket, as it was at the start."""
    demo_server.begin_anew()
    return demo_server


@pytest.fixture
def strict_demo(tmp_path: Path) -> Iterator[DemoProcess]:
    """A demo company of its own that enforces Xero's limits; nobody else's calls count there."""
    with demo_process(tmp_path, "--strict-limits") as demo:
        yield demo


@pytest.fixture
def xero_house(house: House, demo: DemoProcess) -> House:
    """A state folder whose servers speak to the demo company on the socket."""
    house.connect_to(demo.url)
    return house


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> Era:
    """Both eras of the protocol."""
    return request.param
