"""The parts of the lead score: values, rules, stages, features, and the model that learns from outcomes."""
