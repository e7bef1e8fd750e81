"""What is shown live: the activity of classes, and the changes of a learner's mastery as events tell them."""
