"""Arrays from ROS messages and back, without importing ROS: numpy and OpenCV only."""
