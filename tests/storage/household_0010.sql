BEGIN TRANSACTION;
CREATE TABLE adults (
	id VARCHAR(40) NOT NULL,
	name VARCHAR(60) NOT NULL,
	sealed_url TEXT NOT NULL,
	least_level VARCHAR(20),
	gets_disclosures BOOLEAN NOT NULL,
	CONSTRAINT pk_adults PRIMARY KEY (id)
);
INSERT INTO "adults" VALUES('adult','Ana','gAAAAABrAPyBu-GvJSU6er6k8DZdODNkFv6OP6TGqs82a8gUteaQmXQIADf1pkjQ73aFkOY8uMs8Co-Qe2d7KF-IPeAiGAezDw==','urgent',0);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE "alerts" (
	number INTEGER NOT NULL,
	id VARCHAR(40) NOT NULL,
	revision BIGINT NOT NULL,
	level VARCHAR(20) NOT NULL,
	category VARCHAR(40) NOT NULL,
	title TEXT NOT NULL,
	at DATETIME NOT NULL,
	toy_id VARCHAR(40),
	turn_id VARCHAR(40),
	acknowledged_at DATETIME,
	note TEXT NOT NULL,
	details JSON NOT NULL,
	acknowledged_by VARCHAR(60) DEFAULT '' NOT NULL,
	count INTEGER DEFAULT '1' NOT NULL,
	last_at DATETIME,
	last_turn_id VARCHAR(40),
	addressed BOOLEAN DEFAULT 1 NOT NULL,
	CONSTRAINT pk_alerts PRIMARY KEY (number),
	CONSTRAINT uq_alerts_revision UNIQUE (revision),
	CONSTRAINT uq_alerts_id UNIQUE (id),
	CONSTRAINT fk_alerts_turn_id FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE SET NULL,
	CONSTRAINT fk_alerts_toy_id FOREIGN KEY(toy_id) REFERENCES toys (id) ON DELETE SET NULL
);
INSERT INTO "alerts" VALUES(1,'alert',4,'urgent','self_harm','Please look','2026-05-04 15:00:00.000000','toy','turn','2026-05-04 15:00:00.000000','we talked','{"reason": "grave"}','Ana',1,NULL,NULL,1);
CREATE TABLE api_tokens (
	id VARCHAR(40) NOT NULL,
	token_hash VARCHAR(64) NOT NULL,
	name VARCHAR(60) NOT NULL,
	scopes JSON NOT NULL,
	created_at DATETIME NOT NULL,
	last_used_at DATETIME,
	revoked_at DATETIME,
	CONSTRAINT pk_api_tokens PRIMARY KEY (id),
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);
INSERT INTO "api_tokens" VALUES('token','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','Home Assistant','["alerts", "state"]','2026-05-04 15:00:00.000000',NULL,NULL);
CREATE TABLE children (
	id VARCHAR(40) NOT NULL,
	name VARCHAR(60) NOT NULL,
	birth_year INTEGER,
	CONSTRAINT pk_children PRIMARY KEY (id)
);
INSERT INTO "children" VALUES('child','Mia',2019);
CREATE TABLE conversations (
	id VARCHAR(40) NOT NULL,
	toy_id VARCHAR(40) NOT NULL,
	started_at DATETIME NOT NULL,
	CONSTRAINT pk_conversations PRIMARY KEY (id),
	CONSTRAINT fk_conversations_toy_id FOREIGN KEY(toy_id) REFERENCES toys (id)
);
INSERT INTO "conversations" VALUES('talk','toy','2026-05-04 15:00:00.000000');
CREATE TABLE counters (
	name VARCHAR(40) NOT NULL,
	value BIGINT NOT NULL,
	CONSTRAINT pk_counters PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('revision',4);
CREATE TABLE deliveries (
	number INTEGER NOT NULL,
	id VARCHAR(40) NOT NULL,
	alert_id VARCHAR(40) NOT NULL,
	adult_id VARCHAR(40),
	adult_name VARCHAR(60) NOT NULL,
	created_at DATETIME NOT NULL,
	state VARCHAR(20) NOT NULL,
	attempts INTEGER NOT NULL,
	next_try_at DATETIME NOT NULL,
	last_error VARCHAR(500) NOT NULL,
	ended_at DATETIME,
	CONSTRAINT pk_deliveries PRIMARY KEY (number),
	CONSTRAINT fk_deliveries_adult_id FOREIGN KEY(adult_id) REFERENCES adults (id) ON DELETE SET NULL,
	CONSTRAINT fk_deliveries_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE,
	CONSTRAINT uq_deliveries_id UNIQUE (id)
);
INSERT INTO "deliveries" VALUES(1,'delivery','alert','adult','Ana','2026-05-04 15:00:00.000000','undelivered',4,'2026-05-04 15:00:00.000000','refused','2026-05-04 15:00:00.000000');
CREATE TABLE guardian (
	id INTEGER NOT NULL,
	password_hash TEXT NOT NULL,
	changed_at DATETIME NOT NULL,
	CONSTRAINT pk_guardian PRIMARY KEY (id)
);
INSERT INTO "guardian" VALUES(1,'$argon2id$kept','2026-05-04 15:00:00.000000');
CREATE TABLE guardian_sessions (
	token_hash VARCHAR(200) NOT NULL,
	expires_at DATETIME NOT NULL,
	CONSTRAINT pk_guardian_sessions PRIMARY KEY (token_hash)
);
INSERT INTO "guardian_sessions" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','2026-06-03 15:00:00.000000');
CREATE TABLE house_services (
	kind VARCHAR(20) NOT NULL,
	name VARCHAR(200) NOT NULL,
	program VARCHAR(200) NOT NULL,
	host VARCHAR(200) NOT NULL,
	port INTEGER NOT NULL,
	version VARCHAR(200) NOT NULL,
	languages JSON NOT NULL,
	choices JSON NOT NULL,
	CONSTRAINT pk_house_services PRIMARY KEY (kind, name)
);
INSERT INTO "house_services" VALUES('stt','house:whisper','whisper','192.168.1.9',10300,'2.0','["de", "en"]','["small"]');
CREATE TABLE "household" (
	id INTEGER NOT NULL,
	country VARCHAR(2) NOT NULL,
	time_zone VARCHAR(60) NOT NULL,
	quiet_from TIME,
	quiet_until TIME,
	break_after_minutes INTEGER NOT NULL,
	emergency_stopped_at DATETIME,
	stop_reason VARCHAR(200) NOT NULL,
	monthly_cap_cents INTEGER DEFAULT '1000' NOT NULL,
	quiet BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_household PRIMARY KEY (id)
);
INSERT INTO "household" VALUES(1,'DE','Europe/Berlin','21:00:00.000000','06:30:00.000000',20,'2026-05-04 15:00:00.000000','bedtime',750,1);
CREATE TABLE ledger (
	number INTEGER NOT NULL,
	at DATETIME NOT NULL,
	kind VARCHAR(20) NOT NULL,
	provider VARCHAR(200) NOT NULL,
	what VARCHAR(20) NOT NULL,
	amount BIGINT NOT NULL,
	turn_id VARCHAR(40),
	discarded BOOLEAN NOT NULL, cost_micro_usd BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT pk_ledger PRIMARY KEY (number)
);
INSERT INTO "ledger" VALUES(1,'2026-05-04 15:00:00.000000','llm','openai','text',321,'turn',1,42);
CREATE TABLE meta (
	"key" VARCHAR(100) NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('lan_api','{"on": true, "interfaces": ["eth0"]}');
INSERT INTO "meta" VALUES('wyoming_services','{"on": true, "interfaces": ["eth0"], "allowed": ["192.168.1.20"]}');
CREATE TABLE satellites (
	"key" VARCHAR(300) NOT NULL,
	name VARCHAR(200) NOT NULL,
	addresses JSON NOT NULL,
	hardware VARCHAR(200) NOT NULL,
	firmware VARCHAR(200) NOT NULL,
	boot_id VARCHAR(200) NOT NULL,
	state VARCHAR(20) NOT NULL,
	state_detail VARCHAR(500) NOT NULL,
	adopted BOOLEAN NOT NULL,
	toy_id VARCHAR(40),
	last_seen DATETIME, certificate BLOB, settings JSON DEFAULT '{}' NOT NULL, absences JSON DEFAULT '[]' NOT NULL, room_heard_by VARCHAR(200) DEFAULT '' NOT NULL,
	CONSTRAINT pk_satellites PRIMARY KEY ("key"),
	CONSTRAINT fk_satellites_toy_id FOREIGN KEY(toy_id) REFERENCES toys (id) ON DELETE SET NULL
);
INSERT INTO "satellites" VALUES('id:1','Bear''s body','[["192.168.1.5", 10700]]','Zero 2 W','0.1.0','b','away','no answer',1,'toy','2026-05-04 15:00:00.000000',X'3082','{"volume": 40, "volume_cap": 100, "led": 100, "mute": true, "wake": "word", "word": "okay_nabu", "follow_up_s": 6}','[{"began_at": "2026-05-04T15:00:00+00:00", "ended_at": "2026-05-04T15:05:00+00:00", "lines": 3, "number": "7"}]','voice');
CREATE TABLE "toys" (
	id VARCHAR(40) NOT NULL,
	name VARCHAR(60) NOT NULL,
	name_key VARCHAR(180) NOT NULL,
	persona TEXT NOT NULL,
	language VARCHAR(20) NOT NULL,
	voice_name VARCHAR(200) NOT NULL,
	voice_settings JSON NOT NULL,
	providers JSON NOT NULL,
	model VARCHAR(200) NOT NULL,
	temperature FLOAT NOT NULL,
	max_tokens INTEGER NOT NULL,
	safety_level VARCHAR(20) NOT NULL,
	blocked_topics JSON NOT NULL,
	child_id VARCHAR(40),
	thresholds JSON DEFAULT '{}' NOT NULL,
	patience VARCHAR(20) DEFAULT 'normal' NOT NULL,
	paused BOOLEAN DEFAULT 0 NOT NULL, house_rights JSON DEFAULT '{}' NOT NULL,
	CONSTRAINT pk_toys PRIMARY KEY (id),
	CONSTRAINT fk_toys_child_id FOREIGN KEY(child_id) REFERENCES children (id) ON DELETE SET NULL,
	CONSTRAINT uq_toys_name_key UNIQUE (name_key)
);
INSERT INTO "toys" VALUES('first','Pommai','pommai','You are {toy}, a gentle, curious soft toy who loves stories, animals and asking children what they think. You answer in one to three short, simple sentences.','en','','{}','{"stt": [], "llm": [], "tts": []}','',0.7,200,'strict','[]',NULL,'{}','normal',0,'{"tasks": [], "rooms": [], "players": []}');
INSERT INTO "toys" VALUES('toy','Bear Brown','bear brown','You are {toy}.','de','thorsten','{"speed": 0.9}','{"stt": ["house:whisper", "auto"], "llm": [], "tts": ["piper"]}','gemma',0.5,120,'moderate','["ghosts", "the war"]','child','{"scary": 1}','patient',1,'{"tasks": ["lights", "music"], "rooms": ["Kitchen"], "players": ["Radio"]}');
CREATE TABLE turns (
	number INTEGER NOT NULL,
	id VARCHAR(40) NOT NULL,
	revision BIGINT NOT NULL,
	toy_id VARCHAR(40) NOT NULL,
	conversation_id VARCHAR(40) NOT NULL,
	child_id VARCHAR(40),
	satellite_key VARCHAR(300),
	source VARCHAR(40) NOT NULL,
	started_at DATETIME NOT NULL,
	state VARCHAR(20) NOT NULL,
	heard TEXT NOT NULL,
	confidence FLOAT,
	said JSON NOT NULL,
	refused JSON NOT NULL,
	verdicts JSON NOT NULL,
	providers JSON NOT NULL,
	timings_ms JSON NOT NULL,
	tokens_in INTEGER NOT NULL,
	tokens_out INTEGER NOT NULL,
	audio_in_ms FLOAT NOT NULL,
	audio_out_ms FLOAT NOT NULL,
	error TEXT NOT NULL, spans JSON DEFAULT '[]' NOT NULL, sound JSON,
	CONSTRAINT pk_turns PRIMARY KEY (number),
	CONSTRAINT fk_turns_child_id FOREIGN KEY(child_id) REFERENCES children (id) ON DELETE SET NULL,
	CONSTRAINT fk_turns_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id),
	CONSTRAINT fk_turns_toy_id FOREIGN KEY(toy_id) REFERENCES toys (id),
	CONSTRAINT uq_turns_id UNIQUE (id),
	CONSTRAINT uq_turns_revision UNIQUE (revision)
);
INSERT INTO "turns" VALUES(1,'turn',1,'toy','talk','child','id:1','satellite','2026-05-04 15:00:00.000000','refused','Are you a robot? ❤',0.75,'["Let us sing."]','["Boo."]','[{"allowed": false, "category": "scary", "severity": 3, "reason": "r: ghost", "layer": "rules", "rules_version": "1", "matched": ["ghost"], "alert": "info"}]','{"stt": "sphinx"}','{"endpoint": 300.5}',5,7,1200.0,900.0,'slow','[{"work": "stt", "start_ms": -500.0, "provider": "sphinx", "clause": 1, "first_ms": null, "end_ms": 12.5, "failed": true, "discarded": false}]','{"duration_ms": 1200.0, "level_dbfs": -30.0, "noise_dbfs": -60.0, "clipped_ratio": 0.001, "gaps": 1, "missing_ms": 20.0}');
CREATE TABLE voice_consents (
	number INTEGER NOT NULL,
	at DATETIME NOT NULL,
	who VARCHAR(60) NOT NULL,
	text VARCHAR(500) NOT NULL,
	provider VARCHAR(200) NOT NULL,
	voice_name VARCHAR(60) NOT NULL,
	recordings INTEGER NOT NULL,
	voice_id VARCHAR(200) NOT NULL,
	CONSTRAINT pk_voice_consents PRIMARY KEY (number)
);
INSERT INTO "voice_consents" VALUES(1,'2026-05-04 15:00:00.000000','Ana','I agree.','elevenlabs','Ana''s',2,'v1');
CREATE INDEX ix_guardian_sessions_expires_at ON guardian_sessions (expires_at);
CREATE INDEX ix_conversations_toy_id ON conversations (toy_id);
CREATE INDEX ix_satellites_toy_id ON satellites (toy_id);
CREATE INDEX ix_turns_child_id ON turns (child_id);
CREATE INDEX ix_turns_conversation_id_number ON turns (conversation_id, number);
CREATE INDEX ix_turns_state ON turns (state);
CREATE INDEX ix_turns_toy_id_number ON turns (toy_id, number);
CREATE INDEX ix_alerts_turn_id ON alerts (turn_id);
CREATE INDEX ix_alerts_toy_id ON alerts (toy_id);
CREATE INDEX ix_alerts_addressed ON alerts (addressed);
CREATE INDEX ix_deliveries_adult_id ON deliveries (adult_id);
CREATE INDEX ix_deliveries_alert_id ON deliveries (alert_id);
CREATE INDEX ix_deliveries_state ON deliveries (state);
CREATE INDEX ix_ledger_turn_id ON ledger (turn_id);
CREATE INDEX ix_ledger_at ON ledger (at);
CREATE INDEX ix_toys_child_id ON toys (child_id);
CREATE INDEX ix_turns_toy_id_started_at ON turns (toy_id, started_at);
COMMIT;
