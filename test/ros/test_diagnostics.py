from diagnostic_msgs.msg import DiagnosticArray

from depth_nodes.ros.diagnostics import DiagnosticsPublisher, ERROR, Finding, OK, WARN


def publish(harness, findings):
    statuses = harness.collect(DiagnosticArray, '/diagnostics')
    publisher = DiagnosticsPublisher(harness.node, name='node: task', hardware_id='lens')
    harness.spin_until(lambda: harness.node.count_publishers('/diagnostics'))
    publisher.publish(findings, {'fps': 29.5, 'frames': 7})
    harness.spin_until(lambda: statuses)
    return statuses[0]


def test_the_worst_findings_make_level_and_message(harness):
    findings = [
        Finding(level=OK, text='fine'),
        Finding(level=WARN, text='slow'),
        Finding(level=ERROR, text='dead'),
        Finding(level=ERROR, text='gone'),
    ]
    status = publish(harness, findings).status[0]
    assert status.level == ERROR
    assert status.message == 'dead; gone'


def test_name_values_and_stamp(harness):
    message = publish(harness, [Finding(level=OK, text='fine')])
    assert message.header.stamp.sec > 0
    (status,) = message.status
    assert (status.name, status.hardware_id, status.level) == ('node: task', 'lens', OK)
    assert {value.key: value.value for value in status.values} == {'fps': '29.5', 'frames': '7'}
