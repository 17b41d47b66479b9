"""The only folder that imports ROS."""
