"""What a robot needs: models, backends, and the estimator from image to metres."""
