//! A serializer that writes nothing but a hash: a status member by member, with identifiers and moments in normal form.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::Hash;

use jiff::Timestamp;
use serde::ser::{self, Serialize, Serializer};

use super::digest::Names;

/// Members that only people read, or that follow from others.
const READ_BY_PEOPLE: [&str; 16] = [
    "message",
    "lastTransitionTime",
    "startedAt",
    "finishedAt",
    "bakeEndsAt",
    "lastFailureAt",
    "url",
    "taskDefinitionArn",
    "logGroup",
    "summary",
    "running",
    "pending",
    "networkConfiguration",
    "since",
    "drainingSince",
    "lastObservedTime",
];

/// Hashes what it is given.
pub(super) struct Fold<'a> {
    hasher: &'a mut DefaultHasher,
    names: &'a Names,
    member: &'static str,
}

impl<'a> Fold<'a> {
    pub(super) fn new(hasher: &'a mut DefaultHasher, names: &'a Names) -> Self {
        Self { hasher, names, member: "" }
    }

    fn within(&mut self, member: &'static str) -> Fold<'_> {
        Fold { hasher: self.hasher, names: self.names, member }
    }

    fn moment(&mut self, at: Timestamp) {
        match self.member {
            "serviceCreatedAt" => self.names.creation(at).hash(self.hasher),
            _ => self.names.distance(at).hash(self.hasher),
        }
    }
}

/// It never fails; serde wants a name for it.
#[derive(Debug)]
pub(super) struct Never(String);

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

macro_rules! hashed {
    ($($method:ident: $type:ty),*) => { $(
        fn $method(self, value: $type) -> Result<(), Never> {
            value.hash(self.hasher);
            Ok(())
        }
    )* };
}

impl<'a> Serializer for Fold<'a> {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    hashed! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char, serialize_bytes: &[u8]
    }

    fn serialize_f32(self, value: f32) -> Result<(), Never> {
        value.to_bits().hash(self.hasher);
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Never> {
        value.to_bits().hash(self.hasher);
        Ok(())
    }

    fn serialize_str(mut self, value: &str) -> Result<(), Never> {
        if value.starts_with("arn:aws:ecs:") && value.contains(":service-") {
            self.names.place(value).hash(self.hasher);
        } else if value.len() >= 20 && value.starts_with("20") && value.ends_with('Z') {
            match value.parse() {
                Ok(at) => self.moment(at),
                Err(_) => value.hash(self.hasher),
            }
        } else {
            value.hash(self.hasher);
        }
        Ok(())
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Never> {
        self.serialize_str(&value.to_string())
    }

    fn serialize_none(self) -> Result<(), Never> {
        0_u8.hash(self.hasher);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        1_u8.hash(self.hasher);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<(), Never> {
        index.hash(self.hasher);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        index.hash(self.hasher);
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Never> {
        length.hash(self.hasher);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Never> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Never> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, i: u32, _: &'static str, _: usize) -> Result<Self, Never> {
        i.hash(self.hasher);
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self, Never> {
        length.hash(self.hasher);
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Never> {
        Ok(self)
    }

    fn serialize_struct_variant(self, _: &'static str, i: u32, _: &'static str, _: usize) -> Result<Self, Never> {
        i.hash(self.hasher);
        Ok(self)
    }
}

macro_rules! listed {
    ($($kind:ident::$method:ident),*) => { $(
        impl ser::$kind for Fold<'_> {
            type Ok = ();
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                let member = self.member;
                value.serialize(self.within(member))
            }

            fn end(self) -> Result<(), Never> {
                Ok(())
            }
        }
    )* };
}

listed!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! named {
    ($($kind:ident),*) => { $(
        impl ser::$kind for Fold<'_> {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, member: &'static str, value: &T) -> Result<(), Never> {
                if READ_BY_PEOPLE.contains(&member) {
                    return Ok(());
                }
                member.hash(self.hasher);
                value.serialize(self.within(member))
            }

            fn end(self) -> Result<(), Never> {
                Ok(())
            }
        }
    )* };
}

named!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Fold<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        key.serialize(self.within(""))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        value.serialize(self.within(""))
    }

    fn end(self) -> Result<(), Never> {
        Ok(())
    }
}
