# TS 23.222 clause 8.31.3: an invoker under test obtains the authorization of the owner and invokes with it.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: The invoker obtains the authorization of the owner

  Background:
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location", for which the owner has to agree, with OAUTH
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    And the resource owner function is there
    And the owner "alice" grants what is asked

  @req:23222-8.31.3-02
  Scenario: Step 1: the authorization of the owner is asked for
    When the invoker under test is told to invoke "location" of the owner "alice"
    Then the invoker asks for the authorization of the owner before an invocation is served

  @req:23222-8.31.3-02
  Scenario: Step 1: a token without an owner does not do
    When the invoker under test is told to obtain a token for "location"
    And the invoker under test is told to invoke "location" of the owner "alice"
    Then the invoker asks for the authorization of the owner before an invocation is served

  @req:23222-8.31.3-05
  Scenario: Step 2: the invocation has what step 1 gave
    Given the owner "bob" grants what is asked
    When the invoker under test is told to invoke "location" of the owner "alice"
    And the invoker under test is told to invoke "location" of the owner "bob"
    And the invoker under test is told to invoke "location" of the owner "alice"
    Then each invocation has the token that the owner of its resource authorized

  @req:23222-8.31.3-05
  Scenario: Step 2: what the owner refused is not there to be sent
    Given the owner "bob" refuses what is asked
    When the invoker under test is told to invoke "location" of the owner "alice"
    And the invoker under test is told to invoke "location" of the owner "bob"
    Then no invocation has the authorization of an owner after the owner refused
