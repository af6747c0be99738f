//! ECS Express Mode as a pure model (`model`), the JSON it speaks (`wire`), and a thin HTTP shell over both (`server`).
pub mod exchange;
pub mod model;
pub mod server;
pub mod time;
pub mod wire;
