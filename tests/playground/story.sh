# The story that `make demo` plays, step by step. Sourced by demo.sh, not run.

sample=deploy/samples/minimal.yaml
columns=STATUS:.status.conditions[0].reason,STAGE:.status.deployment.stage,REVISION:.status.summary.revision,TRAFFIC:.status.summary.traffic

# The value of a jsonpath of the object, without showing it.
value() {
  kubectl get egs hello -o "jsonpath={$1}"
}

# What a person typed into the console when the service was made.
by_hand() { # NAME
  local roles=arn:aws:iam::111122223333:role
  printf '{"serviceName": "%s", "infrastructureRoleArn": "%s", "executionRoleArn": "%s", "primaryContainer": {"image": "%s"}}' \
    "$1" "$roles/ecsInfrastructureRoleForExpressServices" "$roles/ecsTaskExecutionRole" public.ecr.aws/nginx/nginx:1.27
}

# The sample under another name, which takes over what has no owner.
adopting() { # NAME
  echo "sed -e s/hello/$1/ -e 's/^spec:/spec:\n  management: {adoption: IfUnowned}/' $sample"
}

step "1. A small YAML becomes a service" "The URL comes first; Ready means that it serves."
run "kubectl apply -f $sample"
run "kubectl wait egs/hello --for=jsonpath='{.status.url}' --timeout=2m"
run "kubectl wait egs/hello --for=condition=Ready --timeout=2m"
run "kubectl get egs hello"
expect 'True *Available .* 100 *1/1 *https://' "a service that is ready, with all traffic and its URL"
url=$(value .status.url)

step "2. A new image is one canary" "REVISION and TRAFFIC: old→new, 95→5 for three minutes of ECS's time, then 0→100, then the bake."
run "sed s/nginx:1.27/nginx:1.28/ $sample | kubectl apply -f -"
watch "kubectl get egs hello --watch" ' RollingOut .*→.* 95→5 ' ' RollingOut .*→.* 0→100 ' ' True *Available .* 100 '
run "kubectl events --for egs/hello"
expect 'CanaryStarted' "an event for the canary"
expect 'TrafficShifted' "an event for the traffic"
run "aws-calls"
expect_count 1 'UpdateExpressGatewayService .* nginx:1.28' "one update for one edit"
good=$(value .status.summary.revision)

step "3. A bad image is rolled back, and said" "STATUS, and REVISION at the end: the old one serves."
run "sed s/nginx:1.27/nginx:cannot-pull/ $sample | kubectl apply -f -"
watch "kubectl get egs hello --watch" ' RollingOut .*→' ' False *RolledBack '
expect " False *RolledBack  *$good  *100 " "revision $good, the one before, with all traffic"
run "kubectl get egs hello -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].message}'"
expect 'nginx:cannot-pull was rolled back' "a message that names the image"
step "4. It is held" "The last lines: ten looks at ECS later, the bad image was still sent once only. (TagResource notes the failure in AWS.)"
run "aws-calls --after-reads 10"
expect_count 1 'UpdateExpressGatewayService .* nginx:cannot-pull' "one update with the bad image, and no other"
expect 'and no write since' "reads alone after the rollback"
[ "$(value .status.url)" = "$url" ] || fail "the URL to stay $url" "$(value .status.url)"

step "5. The next edit is taken" "STAGE is ECS's own word for where the deployment is."
run "sed s/nginx:1.27/nginx:1.29/ $sample | kubectl apply -f -"
watch "kubectl get egs hello --watch -o custom-columns=$columns" ' SCALE_UP ' ' 95→5' ' BAKE_TIME ' '^Available .* 100'
run "kubectl get egs hello"
expect 'True *Available' "a service that is ready"

step "6. A change in the console is seen, and undone" "Somebody puts a hotfix into the console. It is let roll out, and then put back, once; the event has both values."
run "aws-console UpdateExpressGatewayService '{\"serviceName\": \"hello\", \"primaryContainer\": {\"image\": \"nginx:hotfix\"}}'"
run "kubectl wait egs/hello --for=jsonpath='{.status.drift.handling}'=Correcting --timeout=2m"
run "kubectl get egs hello -o jsonpath='{.status.drift.changes}'"
expect '"live":"nginx:hotfix"' "the image that somebody set"
run "kubectl wait egs/hello --for=condition=Ready --timeout=2m"
run "kubectl events --for egs/hello | tail -n 8"
expect 'DriftDetected .*nginx:hotfix' "an event that says what was changed"
expect 'DriftCorrected' "an event that says that it was undone"
run "aws-calls | tail -n 6"
expect_count 1 'UpdateExpressGatewayService .* nginx:1.29' "one update that puts the image back"

step "7. A service that is there already is adopted, without a rollout" "Somebody made it by hand; the YAML says the same. Tags are all that is written: no update, no canary."
run "aws-console CreateExpressGatewayService '$(by_hand legacy)'"
run "$(adopting legacy) | kubectl apply -f -"
run "kubectl wait egs/legacy --for=condition=Ready --timeout=2m"
run "kubectl events --for egs/legacy"
expect 'Adopted .*no rollout' "an event for the adoption"
run "aws-calls"
expect_count 1 'CreateExpressGatewayService  *legacy' "the create by hand, and no other"
expect_count 0 'UpdateExpressGatewayService  *legacy' "no update"

step "8. Delete waits until AWS has drained" "kubectl comes back when ECS says INACTIVE, and not before."
run "kubectl delete egs hello legacy --timeout=2m"
run "kubectl get egs"
expect 'No resources found' "no object"
run "aws-calls --services"
expect 'hello *INACTIVE' "a service that ECS calls INACTIVE"
