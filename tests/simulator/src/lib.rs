//! ECS Express Mode as a pure model with a thin HTTP shell over it.
