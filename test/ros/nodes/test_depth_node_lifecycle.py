"""The states of the node, as a lifecycle manager drives them."""

from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
import pytest
from rclpy.parameter import Parameter

from depth_nodes.ros.nodes.depth_node import DepthNode


def change(harness, transition):
    request = ChangeState.Request(transition=Transition(id=transition))
    return harness.call(ChangeState, 'depth_node/change_state', request).success


def state(harness):
    return harness.call(GetState, 'depth_node/get_state', GetState.Request()).current_state.id


def test_autostart_ends_active(make_depth_node, harness):
    make_depth_node()
    assert state(harness) == State.PRIMARY_STATE_ACTIVE


def test_a_manager_drives_the_node(make_depth_node, harness, image_message, camera_info_message):
    depth_node = make_depth_node(autostart=False)
    node = depth_node.node
    assert state(harness) == State.PRIMARY_STATE_UNCONFIGURED
    assert 'not configured' in depth_node.status().message
    assert node.count_publishers('depth/image_rect') == 0

    assert change(harness, Transition.TRANSITION_CONFIGURE)
    assert 'not active' in depth_node.status().message
    assert node.count_publishers('depth/image_rect') == 1
    assert node.count_subscribers('image') == 0

    assert change(harness, Transition.TRANSITION_ACTIVATE)
    depth_node.subscribe('depth')
    depth_node.send(image_message, camera_info_message)
    harness.spin_until(lambda: depth_node.depths)

    assert change(harness, Transition.TRANSITION_DEACTIVATE)
    harness.spin_until(lambda: depth_node.images.get_subscription_count() == 0)
    assert node.count_subscribers('image') == 0

    assert change(harness, Transition.TRANSITION_ACTIVATE)
    depth_node.wait_for_connections(outputs=1)
    depth_node.send(image_message, camera_info_message)
    harness.spin_until(lambda: len(depth_node.depths) == 2)

    assert change(harness, Transition.TRANSITION_DEACTIVATE)
    assert change(harness, Transition.TRANSITION_CLEANUP)
    assert node.count_publishers('depth/image_rect') == 0
    assert change(harness, Transition.TRANSITION_CONFIGURE)
    assert change(harness, Transition.TRANSITION_INACTIVE_SHUTDOWN)
    assert state(harness) == State.PRIMARY_STATE_FINALIZED


@pytest.mark.parametrize('cycles', [20])
def test_many_cycles_leave_nothing_behind(make_depth_node, harness, cycles):
    node = make_depth_node().node
    before = len(list(node.publishers)), len(list(node.subscriptions))
    for _ in range(cycles):
        node.trigger_deactivate()
        node.trigger_cleanup()
        node.trigger_configure()
        node.trigger_activate()
    assert (len(list(node.publishers)), len(list(node.subscriptions))) == before
    assert len(node._managed_entities) == 5


def test_a_wrong_model_fails_the_transition_only(harness):
    overrides = {'model': 'no_such_file.onnx', 'autostart': False}
    node = DepthNode(
        context=harness.context,
        parameter_overrides=[Parameter(name, value=value) for name, value in overrides.items()],
    )
    harness.add(node)
    node.start()
    assert not change(harness, Transition.TRANSITION_CONFIGURE)
    assert state(harness) == State.PRIMARY_STATE_UNCONFIGURED
